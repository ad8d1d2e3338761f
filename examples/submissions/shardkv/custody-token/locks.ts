import type { Content, ShardPromise } from './content.ts';
import { nameOf } from './content.ts';
import type { Ticket } from './lanes.ts';

/**
 * Whether the promise has its locks. It has them once no earlier promise touches its keys, and keeps them, since later
 * ones come behind it. Earlier ones need not have their locks yet: nobody is overtaken, so nobody starves.
 */
export function isGranted(content: Content, ticket: Ticket): boolean {
  const promise = content.promises.get(nameOf(ticket));
  if (promise === undefined) return false;
  for (const earlier of content.promises.values()) {
    if (earlier === promise) return true;
    if (conflict(earlier, promise)) return false;
  }
  return true;
}

/** Whether a transaction holds a lock on the key that forbids to read it, or to write it. */
export function isLocked(content: Content, key: string, isWrite: boolean): boolean {
  for (const promise of content.promises.values()) {
    if (touches(promise, key, isWrite) && isGranted(content, promise)) return true;
  }
  return false;
}

/** Whether any promise, with its locks or still in line, is in the way of a transaction that asks for no promise. */
export function isFree(content: Content, wanted: Pick<ShardPromise, 'reads' | 'writes'>): boolean {
  for (const promise of content.promises.values()) if (conflict(promise, wanted)) return false;
  return true;
}

function conflict(
  one: Pick<ShardPromise, 'reads' | 'writes'>,
  other: Pick<ShardPromise, 'reads' | 'writes'>,
): boolean {
  return (
    other.writes.some(({ key }) => touches(one, key, true)) ||
    other.reads.some((key) => touches(one, key, false))
  );
}

function touches(promise: Pick<ShardPromise, 'reads' | 'writes'>, key: string, isWrite: boolean): boolean {
  return promise.writes.some((write) => write.key === key) || (isWrite && promise.reads.includes(key));
}

import type { KvClerk } from '@lockstep/api';
import type { ClientMachine } from './client-machine.ts';
import { Lottery } from './lottery.ts';

/** What a client does until it is stopped. */
export interface MixedLoad {
  readonly keys: readonly string[];
  /** It rests so long at most between two operations, in ms. */
  readonly restMs: number;
  /** Operations that it has under way at the same time. Default 1. */
  readonly width?: number;
  /** A text that occurs nowhere else, for a value. */
  readonly token: () => string;
}

/**
 * Does a bit of everything to keys until the machine is to stop: appends, gets, and puts with a condition or, to every
 * other key, without. The keys between are only ever appended to, so that nothing hides what happened to them.
 */
export async function mixedLoad(
  clerk: KvClerk,
  machine: ClientMachine,
  seed: number,
  load: MixedLoad,
): Promise<void> {
  const threads = Array.from({ length: load.width ?? 1 }, (_, i) =>
    thread(clerk, machine, new Lottery(seed + i), load),
  );
  await Promise.all(threads);
}

async function thread(
  clerk: KvClerk,
  machine: ClientMachine,
  lottery: Lottery,
  { keys, restMs, token }: MixedLoad,
): Promise<void> {
  while (!machine.isStopping) {
    const place = lottery.below(keys.length);
    await mixedOperation(clerk, keys[place] ?? '', place % 2 === 0, lottery.below(10), token());
    if (restMs > 0) await machine.sleep(lottery.below(restMs * 10) / 10);
  }
}

/** One operation of a mixed load, chosen by a number below 10. */
export async function mixedOperation(
  clerk: KvClerk,
  key: string,
  isAppendOnly: boolean,
  choice: number,
  token: string,
): Promise<unknown> {
  if (choice < 4) return clerk.get(key);
  if (isAppendOnly || choice < 6) return clerk.append(key, token);
  if (choice < 7) return clerk.put(key, token);
  const { version } = await clerk.get(key);
  return clerk.putIf(key, token, version);
}

import type { KvEntry } from '@lockstep/api';

import { isLocked } from './locks.ts';
import { OVER } from './content.ts';
import type { Content } from './content.ts';
import type { Ticket } from './lanes.ts';

/** An operation on one key. */
export type Operation =
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'put'; readonly key: string; readonly value: string }
  | { readonly kind: 'append'; readonly key: string; readonly value: string }
  | { readonly kind: 'putIf'; readonly key: string; readonly value: string; readonly version: number };

export type OperationResult =
  | { readonly kind: 'entry'; readonly entry: KvEntry }
  | { readonly kind: 'written'; readonly version: number | undefined }
  /** A transaction has promised not to let this happen now. */
  | { readonly kind: 'locked' }
  /** The client has gone on long ago: this is a late copy. */
  | { readonly kind: 'stale' };

/** Whether the operation has to wait for the end of a transaction. */
export function isBlocked(content: Content, operation: Operation): boolean {
  return isLocked(content, operation.key, operation.kind !== 'get');
}

/** Carries out an operation: writes once for each ticket, reads as often as they are asked for. */
export function operate(content: Content, ticket: Ticket, operation: Operation): OperationResult {
  if (operation.kind !== 'get') {
    const session = content.sessions.get(ticket.lane);
    if (session !== undefined && session.seq >= ticket.seq) {
      return session.seq === ticket.seq ? { kind: 'written', version: session.version } : { kind: 'stale' };
    }
  }
  if (isBlocked(content, operation)) return { kind: 'locked' };
  if (operation.kind === 'get') return { kind: 'entry', entry: content.read(operation.key) };
  const version = write(content, operation);
  content.sessions.set(ticket.lane, { seq: ticket.seq, over: OVER, version });
  return { kind: 'written', version };
}

function write(content: Content, operation: Exclude<Operation, { kind: 'get' }>): number | undefined {
  const { key, value } = operation;
  switch (operation.kind) {
    case 'put':
      return content.write(key, value);
    case 'append':
      return content.write(key, content.read(key).value + value);
    case 'putIf':
      return content.read(key).version === operation.version ? content.write(key, value) : undefined;
  }
}

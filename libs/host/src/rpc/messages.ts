import { decode, encode } from '@lockstep/api';
import type { NodeId, RpcErrorCode, Value } from '@lockstep/api';
import { FrameError } from './frames.ts';

/** Named in each greeting, so that another version of the protocol is refused rather than misread. */
export const PROTOCOL = 'lockstep-rpc/1';

/** Why the other side did not reply with a value. */
export type FailureCode = Extract<RpcErrorCode, 'unavailable' | 'handler-failed' | 'unknown-method'>;

/**
 * What two nodes say to each other. Whoever calls makes the connection: it says `hello` and gets `welcome` or
 * `refused`; then each `request` gets one `reply` or `failure` with its id, in any order. A connection carries the
 * calls of one side only, so that a pair that calls both ways has two.
 *
 * Arguments and results travel as bytes that are encoded in themselves: they are refused, or found to be broken,
 * apart from their envelope.
 */
export type Message =
  | { readonly kind: 'hello'; readonly protocol: string; readonly from: NodeId; readonly to: NodeId }
  | { readonly kind: 'welcome'; readonly id: NodeId }
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly scope: string;
      readonly method: string;
      readonly args: Uint8Array;
    }
  | { readonly kind: 'reply'; readonly id: number; readonly result: Uint8Array }
  | { readonly kind: 'failure'; readonly id: number; readonly code: FailureCode; readonly reason: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' };

/** The order in which the fields of a message are encoded. */
const FIELDS: Readonly<Record<Message['kind'], readonly string[]>> = {
  hello: ['protocol', 'from', 'to'],
  welcome: ['id'],
  refused: ['reason'],
  request: ['id', 'scope', 'method', 'args'],
  reply: ['id', 'result'],
  failure: ['id', 'code', 'reason'],
  ping: [],
  pong: [],
};

/** A message as the content of a frame: an array of its kind and its fields. */
export function encodeMessage(message: Message): Uint8Array {
  const fields: Readonly<Record<string, unknown>> = message;
  return encode([message.kind, ...FIELDS[message.kind].map((name) => fields[name])], 'message');
}

/**
 * The message in a frame's content.
 *
 * @throws {@link FrameError} when it is none.
 */
export function decodeMessage(content: Uint8Array): Message {
  const message = parse(decodeValue(content));
  if (message === undefined) throw new FrameError('a frame holds no message of this protocol');
  return message;
}

/** Plain data from its encoding; its bytes are in memory of their own. */
export function decodeValue(bytes: Uint8Array): Value {
  try {
    return decode(bytes);
  } catch (error) {
    throw new FrameError('a frame holds no plain data', { cause: error });
  }
}

function parse(value: Value): Message | undefined {
  if (!Array.isArray(value)) return undefined;
  const [kind, ...fields] = value as readonly Value[];
  switch (kind) {
    case 'hello':
      return parseHello(fields);
    case 'welcome':
      return fields.length === 1 && isText(fields[0]) ? { kind, id: fields[0] } : undefined;
    case 'refused':
      return fields.length === 1 && isText(fields[0]) ? { kind, reason: fields[0] } : undefined;
    case 'request':
      return parseRequest(fields);
    case 'reply':
      return parseReply(fields);
    case 'failure':
      return parseFailure(fields);
    case 'ping':
    case 'pong':
      return fields.length === 0 ? { kind } : undefined;
    default:
      return undefined;
  }
}

function parseHello([protocol, from, to, ...rest]: readonly Value[]): Message | undefined {
  if (!isText(protocol) || !isText(from) || !isText(to) || rest.length > 0) return undefined;
  return { kind: 'hello', protocol, from, to };
}

function parseRequest([id, scope, method, args, ...rest]: readonly Value[]): Message | undefined {
  if (!isId(id) || !isText(scope) || !isText(method) || !(args instanceof Uint8Array) || rest.length > 0)
    return undefined;
  return { kind: 'request', id, scope, method, args };
}

function parseReply([id, result, ...rest]: readonly Value[]): Message | undefined {
  if (!isId(id) || !(result instanceof Uint8Array) || rest.length > 0) return undefined;
  return { kind: 'reply', id, result };
}

function parseFailure([id, code, reason, ...rest]: readonly Value[]): Message | undefined {
  if (!isId(id) || !isFailureCode(code) || !isText(reason) || rest.length > 0) return undefined;
  return { kind: 'failure', id, code, reason };
}

function isText(value: Value): value is string {
  return typeof value === 'string';
}

function isId(value: Value): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isFailureCode(value: Value): value is FailureCode {
  return value === 'unavailable' || value === 'handler-failed' || value === 'unknown-method';
}

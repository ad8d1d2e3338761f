/**
 * The packets of the key/value guest. All numbers are little-endian.
 *
 *     request  client:4  number:4  operation:1  keyLength:1  valueLength:2  ttlMs:4  key  value
 *     reply    client:4  number:4  status:1     keyLength:1  valueLength:2  zero:4   key  value
 *
 * A client numbers its requests upwards and repeats one, under its number, until it is answered: the guest executes it
 * once, and answers repetitions with the first reply. It remembers the last request of each of {@link KV_CLIENTS}
 * clients.
 */
export interface KvRequest {
  /** The sender, to whom the reply is addressed: from 1 to {@link KV_CLIENTS}. */
  readonly client: number;
  /** Higher than in all earlier requests of this client. */
  readonly number: number;
  /**
   * `get` reads; `put` writes; `append` adds to the end of what is there; `create` writes under a new key of eight
   * hexadecimal digits, which is random, and answers with that key.
   */
  readonly operation: KvOperation;
  /** At most {@link KV_KEY_BYTES} bytes of UTF-8; empty for `create`. */
  readonly key: string;
  /** Empty for `get`. A value of more than {@link KV_VALUE_BYTES} bytes of UTF-8 is answered with `full`. */
  readonly value: string;
  /** For `put` and `create`: milliseconds until the key expires. 0 or absent: never. */
  readonly ttlMs?: number;
}

/** What the key/value guest can do. */
export type KvOperation = 'get' | 'put' | 'append' | 'create';

/** What the key/value guest answers. */
export interface KvReply {
  readonly client: number;
  readonly number: number;
  /** `none`: no such key (`get` alone). `full`: no room, nothing was changed. `bad`: not a request. */
  readonly status: 'ok' | 'none' | 'full' | 'bad';
  /** The new key, after `create`; otherwise empty. */
  readonly key: string;
  /** What was read, after `get`; otherwise empty. */
  readonly value: string;
}

/** Clients that the guest knows. */
export const KV_CLIENTS = 16;

/** Bytes of a key, at the most. */
export const KV_KEY_BYTES = 32;

/** Bytes of a value, at the most. */
export const KV_VALUE_BYTES = 512;

/** Keys, at the most. */
export const KV_KEYS = 128;

const OPERATIONS: readonly KvOperation[] = ['get', 'put', 'append', 'create'];
const STATUSES: readonly KvReply['status'][] = ['ok', 'none', 'full', 'bad'];
const HEADER_BYTES = 16;

/** A request as the bytes of a packet. */
export function encodeKvRequest(request: KvRequest): Uint8Array {
  const text = new TextEncoder();
  const key = text.encode(request.key);
  const value = text.encode(request.value);
  const packet = new Uint8Array(HEADER_BYTES + key.length + value.length);
  const view = new DataView(packet.buffer);
  view.setUint32(0, request.client, true);
  view.setUint32(4, request.number, true);
  view.setUint8(8, OPERATIONS.indexOf(request.operation) + 1);
  view.setUint8(9, key.length);
  view.setUint16(10, value.length, true);
  view.setUint32(12, request.ttlMs ?? 0, true);
  packet.set(key, HEADER_BYTES);
  packet.set(value, HEADER_BYTES + key.length);
  return packet;
}

/** A packet of the guest as a reply; undefined if it is none. */
export function decodeKvReply(packet: Uint8Array): KvReply | undefined {
  if (packet.length < HEADER_BYTES) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const status = STATUSES[view.getUint8(8)];
  const valueStart = HEADER_BYTES + view.getUint8(9);
  if (status === undefined || packet.length !== valueStart + view.getUint16(10, true)) return undefined;
  const text = new TextDecoder();
  return {
    client: view.getUint32(0, true),
    number: view.getUint32(4, true),
    status,
    key: text.decode(packet.subarray(HEADER_BYTES, valueStart)),
    value: text.decode(packet.subarray(valueStart)),
  };
}

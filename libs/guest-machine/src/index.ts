/**
 * A deterministic RV32IM machine with devices, to be recorded, replayed and replicated.
 *
 * @packageDocumentation
 */
export { MachineError } from './error.ts';
export type { MachineErrorCode } from './error.ts';
export type { Exit } from './exit.ts';
export {
  MAX_PACKET_BYTES,
  MAX_PENDING_REQUESTS,
  MAX_REQUEST_SECTORS,
  PACKET_QUEUE_LENGTH,
  SECTOR_BYTES,
} from './input.ts';
export type { DiskCompletion, DiskRequest, Input, TimerRequest } from './input.ts';
export type { Machine, MachineOptions } from './machine.ts';
export { createMachine } from './create.ts';
export { guestImage, isGuestName } from './guests/images.ts';
export type { GuestName } from './guests/images.ts';
export {
  decodeKvReply,
  encodeKvRequest,
  KV_CLIENTS,
  KV_KEY_BYTES,
  KV_KEYS,
  KV_VALUE_BYTES,
} from './guests/kv-protocol.ts';
export type { KvOperation, KvReply, KvRequest } from './guests/kv-protocol.ts';

/** All that can happen to a machine from outside. Plain data: it may be logged, sent, and injected elsewhere. */
export type Input =
  /** The answer to an exit `clock`: microseconds since 1970, a whole number of at most 2^53 - 1. */
  | { readonly kind: 'clock'; readonly microseconds: number }
  /** The answer to an exit `entropy`: 32 random bits, as a whole number from 0 to 2^32 - 1. */
  | { readonly kind: 'entropy'; readonly word: number }
  /** A packet arrives: 1 to {@link MAX_PACKET_BYTES} bytes. */
  | { readonly kind: 'packet'; readonly packet: Uint8Array }
  /** The armed timer fires. */
  | { readonly kind: 'timer' }
  /** A disk request completes. For a read that went well its data is written to memory now. */
  | DiskCompletion;

/** The end of a disk request. */
export interface DiskCompletion {
  readonly kind: 'disk';
  /** Of the request. */
  readonly id: number;
  /** False if the disk failed: the guest sees an error, and memory stays as it is. */
  readonly ok: boolean;
  /** What was read, for a read that went well: `sectors` times {@link SECTOR_BYTES} bytes. */
  readonly data?: Uint8Array;
}

/** Sectors that the guest wants read or written. */
export interface DiskRequest {
  /** Numbered from 1 in the order of asking: the same on every machine that replays this one. */
  readonly id: number;
  readonly operation: 'read' | 'write';
  /** The first sector. */
  readonly sector: number;
  /** How many, from 1 to {@link MAX_REQUEST_SECTORS}. The range lies within the disk. */
  readonly sectors: number;
  /** What to write, as it was in memory when the guest asked; undefined for reads. */
  readonly data: Uint8Array | undefined;
}

/** A timer that the guest has armed. */
export interface TimerRequest {
  /** Microseconds from the moment of arming to the interrupt, from 1 to 2^32 - 1. */
  readonly delayUs: number;
  /** The instruction count after the instruction that armed it. */
  readonly armedAt: number;
}

/** Bytes of a packet, at the most. */
export const MAX_PACKET_BYTES = 1500;

/** Packets that the network device holds until the guest takes them, at the most. */
export const PACKET_QUEUE_LENGTH = 64;

/** Bytes of a sector. */
export const SECTOR_BYTES = 512;

/** Sectors of one request, at the most. */
export const MAX_REQUEST_SECTORS = 8;

/** Disk requests that may be pending at the same time; further ones fail at once. */
export const MAX_PENDING_REQUESTS = 8;

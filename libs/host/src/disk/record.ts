import { crc32 } from 'node:zlib';
import { decode, encode } from '@lockstep/api';
import type { Value } from '@lockstep/api';
import type { Batch, Change, Stored } from './contents.ts';
import { fromFields, isPlace, toFields } from './place.ts';

/*
 * A record of the log, little endian:
 *
 *   4 bytes  mark, by which records are found again behind broken ones
 *   4 bytes  length of the content
 *   6 bytes  position in the file up to which everything was durable before this record was written
 *   4 bytes  CRC-32 of all the rest, begun with the file's own salt
 *   …        the content: one batch in the canonical encoding
 *
 * The salt keeps bytes that merely look like a record from being taken for one: what a node stores may itself be a
 * piece of such a file, and blocks of a deleted file may come up again in a torn tail.
 */

const MARK = Buffer.from('LSr1');
const HEADER_BYTES = 18;

/** The largest batch: what its names and values take. */
export const MAX_BATCH_BYTES = 256 * 1_048_576;

/** One record as it was read. */
export interface StoredRecord {
  readonly batch: Batch<Stored>;
  readonly durableUpTo: number;
  /** Where the next record begins. */
  readonly end: number;
}

/** The content of a batch's record. */
export function encodeBatch({ scope, changes }: Batch<Stored>): Uint8Array {
  return encode([
    scope,
    changes.map(([name, value]) => [name, value !== undefined && isPlace(value) ? toFields(value) : value]),
  ]);
}

/** A record's bytes around its content. */
export function toRecord(content: Uint8Array, durableUpTo: number, salt: number): Uint8Array {
  const record = Buffer.alloc(HEADER_BYTES + content.length);
  MARK.copy(record, 0);
  record.writeUInt32LE(content.length, 4);
  record.writeUIntLE(durableUpTo, 8, 6);
  record.set(content, HEADER_BYTES);
  record.writeUInt32LE(checksum(record, salt), 14);
  return record;
}

/** Bytes that a content of this length takes in the log. */
export function recordBytes(contentBytes: number): number {
  return HEADER_BYTES + contentBytes;
}

/** The record at `position`, or undefined when there is no whole and sound one. */
export function readRecord(file: Buffer, position: number, salt: number): StoredRecord | undefined {
  if (position + HEADER_BYTES > file.length || !hasMark(file, position)) return undefined;
  const end = position + HEADER_BYTES + file.readUInt32LE(position + 4);
  const durableUpTo = file.readUIntLE(position + 8, 6);
  if (end > file.length || durableUpTo > position) return undefined;
  const record = file.subarray(position, end);
  if (record.readUInt32LE(14) !== checksum(record, salt)) return undefined;
  const batch = toBatch(record.subarray(HEADER_BYTES));
  return batch === undefined ? undefined : { batch, durableUpTo, end };
}

/** Where the next thing that looks like a record begins, from `position` on; the file's end when there is none. */
export function nextMark(file: Buffer, position: number): number {
  const found = file.indexOf(MARK, position);
  return found < 0 ? file.length : found;
}

function hasMark(file: Buffer, position: number): boolean {
  return MARK.equals(file.subarray(position, position + MARK.length));
}

function checksum(record: Uint8Array, salt: number): number {
  return crc32(record.subarray(HEADER_BYTES), crc32(record.subarray(0, 14), salt));
}

function toBatch(content: Uint8Array): Batch<Stored> | undefined {
  // A Buffer's `slice` shares memory; that of a plain Uint8Array copies, and decoded bytes are kept.
  const bytes = new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  const value = decodeOrUndefined(bytes);
  if (!Array.isArray(value)) return undefined;
  const [scope, changes] = value as readonly Value[];
  if (typeof scope !== 'string' || !Array.isArray(changes)) return undefined;
  const read = changes.map(toChange);
  return read.every((change) => change !== undefined) ? { scope, changes: read } : undefined;
}

function decodeOrUndefined(bytes: Uint8Array): Value {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function toChange(change: unknown): Change<Stored> | undefined {
  if (!Array.isArray(change) || change.length !== 2) return undefined;
  const [name, value] = change as readonly unknown[];
  if (typeof name !== 'string') return undefined;
  if (value === undefined || value instanceof Uint8Array) return [name, value];
  const place = fromFields(value);
  return place === undefined ? undefined : [name, place];
}

import { encode } from '@lockstep/api';

/** Where a large value is kept: a part of a file beside the log. */
export interface Place {
  /** The number of the file. */
  readonly file: number;
  readonly position: number;
  /** Length of the value in the canonical encoding, in bytes. */
  readonly length: number;
  /** CRC-32 of these bytes. */
  readonly checksum: number;
}

/** A place as it stands in a log: an array, which no encoded value is. */
export function toFields({ file, position, length, checksum }: Place): readonly number[] {
  return [file, position, length, checksum];
}

/** The place that {@link toFields} made; undefined for anything else. */
export function fromFields(value: unknown): Place | undefined {
  if (!Array.isArray(value) || value.length !== 4) return undefined;
  const [file, position, length, checksum] = value as readonly unknown[];
  if (!isCount(file) || !isCount(position) || !isCount(length) || !isCount(checksum)) return undefined;
  return { file, position, length, checksum };
}

/** Tells a place from the value itself. */
export function isPlace(value: object): value is Place {
  return !(value instanceof Uint8Array);
}

/** Bytes that a place takes in a log. */
export function placeBytes(place: Place): number {
  return encode(toFields(place)).length;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

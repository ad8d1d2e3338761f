import { encode, MAX_VALUE_DEPTH, NotPlainData } from '@lockstep/api';

/**
 * The copy that crosses from one party to another: made, measured and hashed in one walk, since this
 * is what every message pays for. Measures as the canonical encoding does (a test holds them together).
 */
export interface Copied {
  value: unknown;
  /** Bytes in the canonical encoding. */
  bytes: number;
  /** 32-bit hash over everything in the value. */
  hash: number;
}

let bytes = 0;
let hash = 0;

/**
 * Names that an assignment to a plain object would not make an own property of, or (when intrinsics are frozen) would
 * refuse.
 */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Thrown inside the walk; the caller then asks `encode` for the path. */
const REFUSED = new NotPlainData('not plain data');

/** Size and hash of what {@link copyPlain} copied last: read them at once. */
export const lastCopy = { bytes: 0, hash: 0 };

/** {@link copyPlain} with its measures in one object: for whoever keeps them together. */
export function copyValue(value: unknown, what: string): Copied {
  const copy = copyPlain(value, what);
  return { value: copy, bytes: lastCopy.bytes, hash: lastCopy.hash };
}

/**
 * Copies plain data, and leaves its size and hash in {@link lastCopy}: the hot path makes no object for them.
 *
 * @param what names the value in the error, e.g. `the arguments of requestVote`.
 * @throws {@link NotPlainData} naming the path to what is not plain data.
 */
export function copyPlain(value: unknown, what: string): unknown {
  // A getter of the value may come back here through the Host, so the outer walk's sums are kept.
  const outerBytes = bytes;
  const outerHash = hash;
  bytes = 0;
  hash = 0x2545f491;
  try {
    const copy = walk(value, 0);
    lastCopy.bytes = bytes;
    lastCopy.hash = hash;
    return copy;
  } catch (error) {
    if (error !== REFUSED) throw error;
    encode(value, what);
    // Never the shared one: whoever gets hold of it could leave marks on it for others.
    throw new NotPlainData(`${what} changes while it is read`);
  } finally {
    bytes = outerBytes;
    hash = outerHash;
  }
}

function mixIn(n: number): void {
  hash = Math.imul(hash ^ n, 0x9e3779b1);
  hash ^= hash >>> 15;
}

function walk(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'number':
      addNumber(value);
      return value;
    case 'string':
      bytes += 1;
      mixIn(6);
      addText(value);
      return value;
    case 'object':
      return value === null ? walkAtom(value, 1) : walkObject(value, depth);
    case 'undefined':
      return walkAtom(value, 2);
    case 'boolean':
      return walkAtom(value, value ? 4 : 3);
    case 'bigint':
      bytes += 1;
      mixIn(5);
      addText(value.toString());
      return value;
    default:
      throw REFUSED;
  }
}

function walkAtom<T>(value: T, tag: number): T {
  bytes += 1;
  mixIn(tag);
  return value;
}

const floats = new Float64Array(1);
const words = new Uint32Array(floats.buffer);

function addNumber(n: number): void {
  if ((n | 0) === n && !(n === 0 && 1 / n < 0)) {
    bytes += 1 + smallIntegerBytes(n >= 0 ? n : -(n + 1));
    mixIn(n ^ 0x5bd1_e995);
    return;
  }
  floats[0] = n;
  // Every NaN is the same value here, whatever its bits.
  mixIn(n === n ? (words[0] as number) : 0x7ff8);
  mixIn(n === n ? (words[1] as number) : 0);
  if (!Number.isSafeInteger(n) || (n === 0 && 1 / n < 0)) {
    bytes += 9;
    return;
  }
  let rest = Math.floor((n >= 0 ? n : -(n + 1)) / 64);
  bytes += 2;
  while (rest > 0) {
    rest = Math.floor(rest / 128);
    bytes++;
  }
}

/** Bytes of a 31-bit magnitude as a zigzag varint: six bits in the first byte, seven in each further one. */
function smallIntegerBytes(magnitude: number): number {
  if (magnitude < 0x40) return 1;
  if (magnitude < 0x2000) return 2;
  if (magnitude < 0x10_0000) return 3;
  if (magnitude < 0x800_0000) return 4;
  return 5;
}

/** Bytes of a length below 2^31 as a varint. */
function addLength(n: number): void {
  bytes += n < 0x80 ? 1 : n < 0x4000 ? 2 : n < 0x20_0000 ? 3 : n < 0x1000_0000 ? 4 : 5;
  mixIn(n);
}

function addText(text: string): void {
  const length = text.length;
  let size = length;
  let h = hash;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    h = Math.imul(h ^ unit, 0x01000193);
    if (unit >= 0x80) size += extraBytes(text, i, unit);
  }
  hash = h;
  addLength(size);
  bytes += size;
}

/**
 * Bytes beyond the first that the unit at `i` takes in UTF-8. A surrogate pair takes four bytes for its
 * two units, a lone surrogate three, so each half of a pair counts one beyond its own.
 */
function extraBytes(text: string, i: number, unit: number): number {
  if (unit < 0x800) return 1;
  if (unit < 0xd800 || unit > 0xdfff) return 2;
  const isHigh = unit <= 0xdbff;
  const other = text.charCodeAt(isHigh ? i + 1 : i - 1);
  const paired = isHigh ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other <= 0xdbff;
  return paired ? 1 : 2;
}

function walkObject(value: object, depth: number): unknown {
  if (depth >= MAX_VALUE_DEPTH) throw REFUSED;
  if (Array.isArray(value)) return walkArray(value, depth);
  if (value instanceof Uint8Array) return walkBytes(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw REFUSED;
  const source = value as Record<string, unknown>;
  const copy: Record<string, unknown> = {};
  let count = 0;
  // The prototype is Object.prototype or nothing, so there is nothing enumerable to inherit.
  for (const key in source) {
    count++;
    addText(key);
    const item = walk(source[key], depth + 1);
    if (INHERITED.has(key)) {
      Object.defineProperty(copy, key, { value: item, writable: true, enumerable: true, configurable: true });
    } else copy[key] = item;
  }
  bytes += 1;
  mixIn(8);
  addLength(count);
  return copy;
}

function walkArray(value: readonly unknown[], depth: number): unknown[] {
  const length = value.length;
  bytes += 1;
  mixIn(9);
  addLength(length);
  const copy: unknown[] = [];
  for (let i = 0; i < length; i++) copy.push(walk(value[i], depth + 1));
  return copy;
}

function walkBytes(value: Uint8Array): Uint8Array {
  const copy = new Uint8Array(value);
  bytes += 1 + copy.length;
  mixIn(10);
  addLength(copy.length);
  let h = hash;
  for (let i = 0; i < copy.length; i++) h = Math.imul(h ^ (copy[i] as number), 0x01000193);
  hash = h;
  return copy;
}

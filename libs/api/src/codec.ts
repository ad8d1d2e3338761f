import { describeKind, MAX_VALUE_DEPTH, NotPlainData, TAG } from './value.ts';
import type { Value } from './value.ts';

/** Bytes that a non-negative safe integer takes as a base-128 varint. */
export function varintSize(n: number): number {
  let size = 1;
  while (n >= 128) {
    n = Math.floor(n / 128);
    size++;
  }
  return size;
}

/**
 * Bytes that an integer takes after its tag. Zigzag maps n to 2n or -2n-1; beyond 2^52 that is no safe
 * integer any more, so the sizes are computed from the halves.
 */
export function integerSize(n: number): number {
  const magnitude = n >= 0 ? n : -(n + 1);
  if (magnitude < 64) return 1;
  return 1 + varintSize(Math.floor(magnitude / 64));
}

/** Length of a string in UTF-8, in bytes. */
export function utf8Size(text: string): number {
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) size += 1;
    else if (isPair(text, i)) {
      size += 2;
      i++;
    } else size += 2;
  }
  return size;
}

/** The canonical encoding of `value`; its length is the value's size, for the network and the disk alike. */
export function encode(value: unknown, what = 'value'): Uint8Array {
  const out = new Writer();
  write(out, value, what, 0);
  return out.finish();
}

/**
 * The value that {@link encode} made `bytes` from. Throws a `RangeError` when the bytes are not exactly one encoded
 * value.
 */
export function decode(bytes: Uint8Array): Value {
  const reader = new Reader(bytes);
  const value = read(reader, 0);
  if (!reader.atEnd) throw new RangeError('trailing bytes after the encoded value');
  return value;
}

function isPair(text: string, i: number): boolean {
  const high = text.charCodeAt(i);
  if (high < 0xd800 || high > 0xdbff || i + 1 >= text.length) return false;
  const low = text.charCodeAt(i + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}

function write(out: Writer, value: unknown, path: string, depth: number): void {
  if (depth > MAX_VALUE_DEPTH) {
    throw new NotPlainData(`${path} is nested deeper than ${MAX_VALUE_DEPTH} levels, or cyclic`);
  }
  switch (typeof value) {
    case 'undefined':
      return out.byte(TAG.undefined);
    case 'boolean':
      return out.byte(value ? TAG.true : TAG.false);
    case 'number':
      return writeNumber(out, value);
    case 'string':
      out.byte(TAG.string);
      return out.text(value);
    case 'bigint':
      out.byte(TAG.bigint);
      return out.text(value.toString());
    case 'object':
      return writeObject(out, value, path, depth);
    default:
      throw new NotPlainData(`${path} is ${describeKind(value)}; only plain data can be sent or stored`);
  }
}

function writeNumber(out: Writer, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    out.byte(TAG.integer);
    out.integer(value);
  } else {
    out.byte(TAG.float);
    out.float(value);
  }
}

function writeObject(out: Writer, value: object | null, path: string, depth: number): void {
  if (value === null) return out.byte(TAG.null);
  if (Array.isArray(value)) {
    out.byte(TAG.array);
    out.varint(value.length);
    for (let i = 0; i < value.length; i++) write(out, value[i], `${path}[${i}]`, depth + 1);
    return;
  }
  if (value instanceof Uint8Array) {
    out.byte(TAG.bytes);
    out.varint(value.length);
    return out.bytes(value);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new NotPlainData(`${path} is ${describeKind(value)}; only plain data can be sent or stored`);
  }
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  out.byte(TAG.object);
  out.varint(keys.length);
  for (const key of keys) {
    out.text(key);
    write(out, record[key], `${path}.${key}`, depth + 1);
  }
}

/** The bits of a quiet NaN. */
const CANONICAL_NAN = 0x7ff8_0000_0000_0000n;

class Writer {
  #buffer = new Uint8Array(256);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  /** Through a view: where intrinsics are frozen, V8 takes a hundred times as long to store into a typed array. */
  byte(b: number): void {
    if (this.#length === this.#buffer.length) this.#reserve(1);
    this.#view.setUint8(this.#length++, b);
  }

  varint(n: number): void {
    while (n >= 128) {
      this.byte((n % 128) + 128);
      n = Math.floor(n / 128);
    }
    this.byte(n);
  }

  /** Zigzag without leaving the safe integers: the lowest seven bits hold six of the magnitude and the sign. */
  integer(n: number): void {
    const sign = n >= 0 ? 0 : 1;
    const magnitude = n >= 0 ? n : -(n + 1);
    const low = (magnitude % 64) * 2 + sign;
    const rest = Math.floor(magnitude / 64);
    if (rest === 0) return this.byte(low);
    this.byte(low + 128);
    this.varint(rest);
  }

  /** Every NaN has the same bytes: which bits one has is up to the engine, and differs from run to run. */
  float(n: number): void {
    this.#reserve(8);
    if (Number.isNaN(n)) this.#view.setBigUint64(this.#length, CANONICAL_NAN, true);
    else this.#view.setFloat64(this.#length, n, true);
    this.#length += 8;
  }

  text(text: string): void {
    this.varint(utf8Size(text));
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) this.byte(unit);
      else if (unit < 0x800) {
        this.byte(0xc0 | (unit >> 6));
        this.byte(0x80 | (unit & 0x3f));
      } else if (isPair(text, i)) {
        this.#codePoint(0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff));
      } else {
        this.byte(0xe0 | (unit >> 12));
        this.byte(0x80 | ((unit >> 6) & 0x3f));
        this.byte(0x80 | (unit & 0x3f));
      }
    }
  }

  #codePoint(c: number): void {
    this.byte(0xf0 | (c >> 18));
    this.byte(0x80 | ((c >> 12) & 0x3f));
    this.byte(0x80 | ((c >> 6) & 0x3f));
    this.byte(0x80 | (c & 0x3f));
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #reserve(n: number): void {
    if (this.#length + n <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + n));
    larger.set(this.#buffer);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function read(reader: Reader, depth: number): Value {
  if (depth > MAX_VALUE_DEPTH) throw new RangeError(`nested deeper than ${MAX_VALUE_DEPTH} levels`);
  const tag = reader.byte();
  switch (tag) {
    case TAG.undefined:
      return undefined;
    case TAG.null:
      return null;
    case TAG.false:
      return false;
    case TAG.true:
      return true;
    case TAG.integer:
      return reader.integer();
    case TAG.float:
      return reader.float();
    case TAG.string:
      return reader.text();
    case TAG.bytes:
      return reader.bytes();
    case TAG.bigint:
      return readBigint(reader.text());
    case TAG.array:
      return readArray(reader, depth);
    case TAG.object:
      return readObject(reader, depth);
    default:
      throw new RangeError(`unknown tag ${tag} in an encoded value`);
  }
}

function readBigint(digits: string): bigint {
  if (!/^-?\d+$/.test(digits)) throw new RangeError('an encoded bigint is not decimal');
  return BigInt(digits);
}

function readArray(reader: Reader, depth: number): Value {
  const result: Value[] = [];
  for (let left = reader.count(); left > 0; left--) result.push(read(reader, depth + 1));
  return result;
}

function readObject(reader: Reader, depth: number): Value {
  const result: Record<string, Value> = {};
  for (let left = reader.count(); left > 0; left--) {
    const key = reader.text();
    const value = read(reader, depth + 1);
    // `result.__proto__ = …` would set the prototype; a definition makes it the plain key that it was.
    if (key === '__proto__') {
      Object.defineProperty(result, key, { value, writable: true, enumerable: true, configurable: true });
    } else result[key] = value;
  }
  return result;
}

class Reader {
  readonly #buffer: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(buffer: Uint8Array) {
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  get atEnd(): boolean {
    return this.#position === this.#buffer.length;
  }

  byte(): number {
    const b = this.#buffer[this.#position++];
    if (b === undefined) throw new RangeError('the encoded value ends too early');
    return b;
  }

  varint(): number {
    let result = 0;
    let scale = 1;
    for (;;) {
      const b = this.byte();
      result += (b % 128) * scale;
      if (!Number.isSafeInteger(result)) throw new RangeError('a varint exceeds the safe integers');
      if (b < 128) return result;
      scale *= 128;
    }
  }

  /** A count of things that follow; each takes at least a byte, so more than the rest is a lie. */
  count(): number {
    const n = this.varint();
    if (n > this.#buffer.length - this.#position) throw new RangeError('the encoded value ends too early');
    return n;
  }

  integer(): number {
    const first = this.byte();
    const low = first % 128;
    const rest = first < 128 ? 0 : this.varint();
    const magnitude = rest * 64 + Math.floor(low / 2);
    return low % 2 === 0 ? magnitude : -magnitude - 1;
  }

  float(): number {
    if (this.#position + 8 > this.#buffer.length) throw new RangeError('the encoded value ends too early');
    const n = this.#view.getFloat64(this.#position, true);
    this.#position += 8;
    return n;
  }

  bytes(): Uint8Array {
    const length = this.count();
    return this.#buffer.slice(this.#position, (this.#position += length));
  }

  text(): string {
    const length = this.count();
    const end = this.#position + length;
    let text = '';
    while (this.#position < end) {
      const b = this.byte();
      if (b < 0x80) text += String.fromCharCode(b);
      else if (b < 0xe0) text += String.fromCharCode(((b & 0x1f) << 6) | this.#tail());
      else if (b < 0xf0) text += String.fromCharCode(((b & 0x0f) << 12) | (this.#tail() << 6) | this.#tail());
      else
        text += String.fromCodePoint(
          ((b & 7) << 18) | (this.#tail() << 12) | (this.#tail() << 6) | this.#tail(),
        );
    }
    if (this.#position !== end) throw new RangeError('a string ends within a character');
    return text;
  }

  #tail(): number {
    return this.byte() & 0x3f;
  }
}

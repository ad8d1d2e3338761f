/**
 * Plain data: what may be sent to another node, written to disk, or given to Raft as a command.
 * Objects have `Object.prototype` or no prototype; only their own enumerable string keys count.
 * Functions, symbols, class instances, `Map`, `Set`, `Date` and cyclic values are refused where they
 * are handed over, with an error that names the path to the offender.
 */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Values nested deeper than this many levels are refused; a cyclic value always is. */
export const MAX_VALUE_DEPTH = 64;

/** Tags of the canonical encoding: the first byte of every encoded value. */
export const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** A safe integer (but not -0) as a zigzag base-128 varint. */
  integer: 4,
  /** Any other number, as 8 bytes, little endian. */
  float: 5,
  /**
   * Byte length as a varint, then UTF-8 (a lone surrogate takes the three bytes that UTF-8 would give its code point).
   */
  string: 6,
  /** Length as a varint, then the bytes. */
  bytes: 7,
  /** Count as a varint, then the items. */
  array: 8,
  /** Count as a varint, then for each entry the key (as a string without its tag) and the value, in insertion order. */
  object: 9,
  /** The decimal digits, as a string without its tag. */
  bigint: 10,
} as const;

/** Thrown for something that is not plain data; the message names the path, e.g. `args.entries[3].command`. */
export class NotPlainData extends TypeError {
  override readonly name = 'NotPlainData';
}

/** Describes a value that is not plain data, for an error message. Never runs code of the value's. */
export function describeKind(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value !== 'object' || value === null) return typeof value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null) return 'an object';
  const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown;
  const name =
    typeof constructor === 'function' ? Object.getOwnPropertyDescriptor(constructor, 'name')?.value : '';
  return typeof name === 'string' && name !== ''
    ? `an instance of ${name}`
    : 'an object with a prototype of its own';
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, NotPlainData } from '../src/index.ts';
import { integerSize, utf8Size } from '../src/codec.ts';

/** Plain data of every kind, lone surrogates and awkward keys included. */
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      undefined,
      null,
      true,
      false,
      -0,
      NaN,
      Infinity,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
    fc.uint8Array(),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '')), tie('value')),
  ),
})).value;

describe('the canonical encoding', () => {
  it('gives back the value that it was made from', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(decode(encode(value))).toEqual(normalised(value));
      }),
    );
  });

  it('has the same bytes for every NaN', () => {
    const view = new DataView(new ArrayBuffer(8));
    const nans = [0x7ff8_0000_0000_0000n, 0xfff8_0000_0000_0000n, 0x7ff8_0000_0000_0001n].map((bits) => {
      view.setBigUint64(0, bits);
      return view.getFloat64(0);
    });
    expect(new Set(nans.map((nan) => encode(nan).join(' '))).size).toBe(1);
  });

  it('keeps a key named __proto__ as a plain key', () => {
    const value = JSON.parse('{"__proto__": 1}') as unknown;
    expect(Object.keys(decode(encode(value)) as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(decode(encode(value)))).toBe(Object.prototype);
  });

  it('takes as many bytes for an integer as integerSize says', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => {
        expect(encode(n).length).toBe(Object.is(n, -0) ? 9 : 1 + integerSize(n));
      }),
    );
  });

  it('measures strings as UTF-8 does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(utf8Size(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });

  it('refuses what is not plain data, and names the path', () => {
    expect(() => encode({ entries: [{ command: () => 1 }] }, 'args')).toThrow(
      new NotPlainData('args.entries[0].command is a function; only plain data can be sent or stored'),
    );
    expect(() => encode(new Map())).toThrow('value is an instance of Map');
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(() => encode(cyclic)).toThrow('or cyclic');
  });

  it('refuses bytes that no value was encoded to, instead of guessing', () => {
    fc.assert(
      fc.property(plain, fc.nat(), (value, cut) => {
        const bytes = encode(value);
        const shorter = bytes.slice(0, cut % bytes.length);
        expect(() => decode(shorter)).toThrow(RangeError);
      }),
    );
    expect(() => decode(new Uint8Array([200]))).toThrow('unknown tag 200');
  });
});

/** Objects come back with Object.prototype, whatever they went in with. */
function normalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalised);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  const copy = {};
  for (const [key, item] of Object.entries(value)) {
    Object.defineProperty(copy, key, {
      value: normalised(item),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return copy;
}

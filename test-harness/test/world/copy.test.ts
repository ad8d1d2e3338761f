import { encode } from '@lockstep/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyValue } from '../../src/world/copy.ts';

const scalar = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    true,
    false,
    0,
    -0,
    NaN,
    63,
    64,
    -64,
    -65,
    8191,
    8192,
    0x7fff_ffff,
    -0x8000_0000,
  ),
  fc.maxSafeInteger(),
  fc.double(),
  fc.bigInt(),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string({ unit: 'binary' }),
  fc.uint8Array(),
);
const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'));
const plain = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('value')), fc.dictionary(key, tie('value'))),
})).value;

describe('the copy that crosses between parties', () => {
  it('encodes to the same bytes as the original, and knows their number', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const copied = copyValue(value, 'value');
        expect(encode(copied.value)).toEqual(encode(value));
        expect(copied.bytes).toBe(encode(value).length);
      }),
      { numRuns: 500 },
    );
  });

  it('shares no object with the original', () => {
    const original = { list: [{ a: 1 }], bytes: new Uint8Array([1]) };
    const copy = copyValue(original, 'value').value as typeof original;
    original.list.push({ a: 2 });
    original.bytes[0] = 9;
    expect(copy).toEqual({ list: [{ a: 1 }], bytes: new Uint8Array([1]) });
  });

  it('hashes different values differently', () => {
    const hashes = new Set<number>();
    const values = [
      0,
      1,
      -1,
      '',
      'a',
      'b',
      [],
      [0],
      [0, 0],
      {},
      { a: 0 },
      { b: 0 },
      { a: 1 },
      null,
      undefined,
      true,
      false,
      1n,
      0.5,
    ];
    for (const value of values) hashes.add(copyValue(value, 'value').hash);
    expect(hashes.size).toBe(values.length);
  });

  it('says where the offender is', () => {
    expect(() => copyValue({ a: [0, () => 1] }, 'the arguments of vote')).toThrow(
      'the arguments of vote.a[1] is a function',
    );
    expect(() => copyValue({ at: new Date(0) }, 'the batch')).toThrow('the batch.at is an instance of Date');
  });

  it('keeps its sums when a getter of the value copies something itself', () => {
    const sneaky = {
      a: 1,
      get b() {
        copyValue('x'.repeat(1000), 'inner');
        return 2;
      },
    };
    expect(copyValue(sneaky, 'value').bytes).toBe(encode({ a: 1, b: 2 }).length);
  });
});

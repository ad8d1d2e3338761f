import { MAX_VALUE_DEPTH } from '@lockstep/api';

class Custom {
  readonly a = 1;
}

/** A value in so many arrays. */
function nested(value: unknown, levels: number): unknown {
  let result = value;
  for (let level = 0; level < levels; level++) result = [result];
  return result;
}

/** Plain data of every kind, by what it is. */
export function makePlain(): Record<string, unknown> {
  return {
    undefined: undefined,
    null: null,
    'a boolean': true,
    zero: 0,
    'minus zero': -0,
    'not a number': NaN,
    infinity: -Infinity,
    'a fraction': 0.1,
    'a large integer': Number.MIN_SAFE_INTEGER,
    'a huge number': 1.5e300,
    'a bigint': -123456789012345678901234567890n,
    'an empty text': '',
    'text beyond ASCII': 'é, ～, 😀',
    'half a character': '\ud83d',
    bytes: Uint8Array.of(0, 127, 128, 255),
    'a part of an array of bytes': Uint8Array.of(1, 2, 3, 4).subarray(1, 3),
    'an empty array': [],
    'an array with a hole': [1, undefined, [2, [3]]],
    'an empty object': {},
    'an object without a prototype': Object.assign(Object.create(null) as object, { a: 1 }),
    'an object with awkward keys': {
      '': 1,
      '0': 2,
      ['__proto__']: 3,
      constructor: 4,
      'a b': { toString: 5 },
    },
    'deeply nested data': nested('deep', MAX_VALUE_DEPTH - 2),
  };
}

/** What is not plain data, by what it is. */
export function makeUnplain(): Record<string, unknown> {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = { around: cyclic };
  return {
    'a function': () => 1,
    'a symbol': Symbol('s'),
    'an instance of a class': new Custom(),
    'a map': new Map([['a', 1]]),
    'a set': new Set([1]),
    'an error': new Error('no data'),
    'an array of floats': Float64Array.of(1),
    'an object that inherits': Object.create({ a: 1 }) as unknown,
    'a cyclic object': cyclic,
    'a function somewhere inside': { a: [{ b: (): number => 1 }] },
    'something nested too deeply': nested('deep', MAX_VALUE_DEPTH + 2),
  };
}

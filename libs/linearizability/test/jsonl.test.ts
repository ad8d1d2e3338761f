import { describe, expect, test } from 'vitest';
import { check, formatNamed, HistoryReader, modelNames, type SomeFormat } from '../src/index.ts';

function formatOf(name: string): SomeFormat {
  const format = formatNamed(name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return format;
}

/** The verdict on a text, pushed in pieces of a few characters. */
function verdictOf(model: string, text: string, piece = 7): string {
  const reader = new HistoryReader(formatOf(model));
  for (let place = 0; place < text.length; place += piece) reader.push(text.slice(place, place + piece));
  return check(formatOf(model).model, reader.end()).verdict;
}

/** Each model with a history of all its operations, and one change that makes it wrong. */
const EXAMPLES: Record<
  string,
  { readonly lines: readonly string[]; readonly wrong: readonly [string, string] }
> = {
  kv: {
    lines: [
      '{"client":1,"key":"k","op":"put","arg":"a","out":null,"call":0,"ret":1}',
      '{"client":2,"key":"k","op":"append","arg":"b","call":2,"ret":3}',
      '{"client":2,"key":"k","op":"cas","arg":{"from":"ab","to":"c"},"out":true,"call":4,"ret":5}',
      '{"client":1,"key":"k","op":"get","out":"c","call":6,"ret":7}',
      '{"client":1,"key":"k","op":"put","arg":"d","call":8,"ret":null}',
    ],
    wrong: ['"out":"c"', '"out":"ab"'],
  },
  'versioned-kv': {
    lines: [
      '{"client":1,"key":"k","op":"put","arg":{"value":"a","version":0},"out":true,"call":0,"ret":1}',
      '{"client":1,"key":"k","op":"put","arg":{"value":"b","version":0},"out":false,"call":2,"ret":3}',
      '{"client":2,"key":"k","op":"get","out":{"value":"a","version":1},"call":4,"ret":5}',
    ],
    wrong: ['"version":1', '"version":2'],
  },
  register: {
    lines: [
      '{"client":"a","op":"write","arg":7,"call":0,"ret":1}',
      '{"client":"b","op":"read","out":7,"call":2,"ret":3}',
    ],
    wrong: ['"out":7', '"out":null'],
  },
  'cas-register': {
    lines: [
      '{"client":1,"op":"cas","arg":{"from":null,"to":7},"out":true,"call":0,"ret":1}',
      '{"client":1,"op":"read","out":7,"call":2,"ret":3}',
    ],
    wrong: ['true', 'false'],
  },
  mutex: {
    lines: [
      '{"client":1,"op":"lock","call":0,"ret":1}',
      '{"client":2,"op":"trylock","out":false,"call":2,"ret":3}',
      '{"client":1,"op":"unlock","call":4,"ret":5}',
    ],
    wrong: ['"out":false', '"out":true'],
  },
  lease: {
    lines: [
      '{"client":1,"op":"acquire","out":1,"call":0,"ret":1}',
      '{"client":2,"op":"acquire","out":null,"call":2,"ret":3}',
      '{"client":1,"op":"renew","arg":1,"out":true,"call":4,"ret":5}',
      '{"client":1,"op":"release","arg":1,"out":true,"call":6,"ret":7}',
    ],
    wrong: ['"out":1', '"out":2'],
  },
  queue: {
    lines: [
      '{"client":1,"op":"enqueue","arg":"a","call":0,"ret":1}',
      '{"client":2,"op":"dequeue","out":"a","call":2,"ret":3}',
      '{"client":2,"op":"dequeue","out":null,"call":4,"ret":5}',
    ],
    wrong: ['"out":"a"', '"out":null'],
  },
  counter: {
    lines: [
      '{"client":1,"op":"add","arg":2,"call":0,"ret":1}',
      '{"client":2,"op":"read","out":2,"call":2,"ret":3}',
    ],
    wrong: ['"out":2', '"out":1'],
  },
  set: {
    lines: [
      '{"client":1,"op":"add","arg":5,"call":0,"ret":1}',
      '{"client":2,"op":"contains","arg":5,"out":true,"call":2,"ret":3}',
      '{"client":1,"op":"remove","arg":5,"call":4,"ret":5}',
    ],
    wrong: ['true', 'false'],
  },
};

describe('a history in a file', () => {
  test('there is an example for every model', () => {
    expect(Object.keys(EXAMPLES).toSorted()).toEqual([...modelNames].toSorted());
  });
  test.each(Object.entries(EXAMPLES))('%s', (model, { lines, wrong }) => {
    const text = lines.join('\n');
    expect(verdictOf(model, text)).toBe('linearizable');
    expect(verdictOf(model, `\uFEFF${text}\r\n\n`, 1000)).toBe('linearizable');
    expect(verdictOf(model, text.replace(...wrong))).toBe('violated');
  });
});

describe('a malformed line is named with its reason', () => {
  const good = '{"client":1,"key":"k","op":"get","out":"","call":0,"ret":1}';
  test.each([
    ['{"client":1,', 'not a JSON object'],
    ['[1]', 'not a JSON object'],
    ['{"client":1,"op":"get","out":"","call":0,"retrun":1}', 'unknown field "retrun"'],
    ['{"op":"get","out":"","call":0,"ret":1}', '`client` must be a number or a string'],
    ['{"client":1,"op":"get","out":"","call":"0","ret":1}', '`call` must be a finite number'],
    ['{"client":1,"op":"get","out":"","call":2,"ret":1}', '`ret` lies before `call`'],
    [
      '{"client":1,"op":"get","out":null,"call":0,"ret":1}',
      '`out` of a get must be a string ("" for a missing key)',
    ],
    ['{"client":1,"op":"put","arg":1,"call":0,"ret":1}', '`arg` of put must be a string'],
    [
      '{"client":1,"op":"cas","arg":{"from":"a"},"out":true,"call":0}',
      '`arg` of a cas must be {"from": string, "to": string}',
    ],
    ['{"client":1,"op":"incr","call":0}', 'unknown operation "incr": expected get, put, append, cas'],
  ])('%s', (line, reason) => {
    const reader = new HistoryReader(formatOf('kv'));
    expect(() => {
      reader.push(`${good}\n\n${line}\n${good}`);
      reader.end();
    }).toThrow(`Line 3: ${reason}.`);
  });
  test('the last line need not end', () => {
    const reader = new HistoryReader(formatOf('kv'));
    reader.push(`${good}\n{"client":1`);
    expect(() => reader.end()).toThrow('Line 2: not a JSON object.');
  });
});

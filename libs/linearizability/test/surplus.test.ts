import { describe, expect, test } from 'vitest';
import {
  findSurplus,
  store,
  transactions,
  type Operation,
  type StoreInput,
  type StoreOutput,
  type TransactionsInput,
  type TransactionsOutput,
} from '../src/index.ts';

type Stored = Operation<StoreInput, StoreOutput>;

const put = (value: string, call: number, ret?: number): Stored => ({
  client: 'c1',
  call,
  ret,
  input: { op: 'put', key: 'k', value },
});
const get = (value: string, version: number, call: number, ret: number): Stored => ({
  client: 'c2',
  call,
  ret,
  input: { op: 'get', key: 'k' },
  output: { value, version },
});
const msAt = (moment: number): number => moment;

describe('more versions than there were writes', () => {
  test('prove that a write took effect twice', () => {
    const history = [put('a', 0, 1), put('b', 2), get('b', 3, 4, 5), get('b', 3, 6, 7)];
    expect(findSurplus(store, history, { msAt })).toBe(
      'k came to version 3, as get(k) = "b" at version 3 by client c2 (4.0 to 5.0 ms) shows, but only 2 writes of it ' +
        'had been called by then: one of them took effect twice. The writes are put(k, "a") by client c1 ' +
        '(0.0 to 1.0 ms), and put(k, "b") by client c1 (from 2.0 ms, no answer). All of that is from 0.0 to 5.0 ms.',
    );
  });

  test('are seen by the answer to a write, too, and the last writes are named', () => {
    const writes = [0, 1, 2, 3].map((i) => put(`${i}`, i * 2, i * 2 + 1));
    const last: Stored = { ...put('4', 8, 9), output: 7 };
    const sentence = findSurplus(store, [...writes, last]);
    expect(sentence).toContain(
      'only 5 writes of it had been called by then: one of them took effect more than once',
    );
    expect(sentence).toContain('The last 3 of them are put(k, "2") by client c1,');
  });

  test('are counted when they were seen: writes that were called later are no excuse', () => {
    const history = [put('a', 0, 1), get('a', 2, 2, 3), put('b', 4, 5)];
    expect(findSurplus(store, history)).toContain(
      'only 1 write of it had been called by then: it took effect twice. The write is put(k, "a") by client c1.',
    );
  });

  test('are more than writes that were not refused', () => {
    const refused: Stored = {
      client: 'c3',
      call: 1,
      ret: 2,
      input: { op: 'put-if', key: 'k', value: 'b', version: 7 },
      output: false,
    };
    expect(findSurplus(store, [put('a', 0, 1), refused, get('a', 2, 3, 4)])).toContain(
      'but only 1 write of it had been called by then and not been refused: it took effect twice, or a refused one ' +
        'took effect after all. The write is put(k, "a") by client c1.',
    );
  });

  test('are not found where each version may have a write of its own', () => {
    expect(findSurplus(store, [put('a', 0, 1), put('b', 2), get('b', 2, 2, 3)])).toBeUndefined();
  });

  test('are not spoken of where nobody had written: nothing took effect twice', () => {
    expect(findSurplus(store, [get('a', 1, 0, 1)])).toBeUndefined();
  });

  test('are those of each key where transactions write several, each once', () => {
    type Some = Operation<TransactionsInput, TransactionsOutput>;
    const write: Some = {
      client: 'c1',
      call: 0,
      ret: 1,
      input: {
        op: 'transact',
        reads: [],
        writes: [
          { key: 'k', value: 'a' },
          { key: 'l', value: 'b' },
        ],
      },
      output: { hasCommitted: true, entries: [] },
    };
    const read = (version: number): Some => ({
      client: 'c2',
      call: 2,
      ret: 3,
      input: { op: 'transact', reads: ['k', 'l'], writes: [] },
      output: {
        hasCommitted: true,
        entries: [
          { value: 'a', version: 1 },
          { value: 'b', version },
        ],
      },
    });
    expect(findSurplus(transactions, [write, read(1)])).toBeUndefined();
    expect(findSurplus(transactions, [write, read(2)])).toMatch(
      /^l came to version 2, .* it took effect twice/,
    );
  });
});

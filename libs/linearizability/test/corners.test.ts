import { describe, expect, test } from 'vitest';
import {
  check,
  kv,
  lease,
  mutex,
  queue,
  register,
  versionedKv,
  type CheckOptions,
  type KvInput,
  type KvOutput,
  type Model,
  type Operation,
} from '../src/index.ts';

type KvOperation = Operation<KvInput, KvOutput>;

const put = (client: number, value: string, call: number, ret?: number): KvOperation => ({
  client,
  call,
  ret,
  input: { op: 'put', key: 'x', value },
});
const append = (client: number, value: string, call: number, ret?: number): KvOperation => ({
  client,
  call,
  ret,
  input: { op: 'append', key: 'x', value },
});
const get = (client: number, output: string, call: number, ret: number, key = 'x'): KvOperation => ({
  client,
  call,
  ret,
  input: { op: 'get', key },
  output,
});
const cas = (
  client: number,
  from: string,
  to: string,
  output: boolean,
  call: number,
  ret?: number,
): KvOperation => ({
  client,
  call,
  ret,
  input: { op: 'cas', key: 'x', from, to },
  output,
});

/** The verdict, after seeing that every way of checking gives the same one. */
function verdict<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): string {
  const ways: CheckOptions[] = [
    {},
    { fastPaths: false, strategy: 'depth first' },
    { fastPaths: false, strategy: 'breadth first' },
  ];
  const verdicts = ways.map((options) => check(model, history, options).verdict);
  expect(new Set(verdicts).size).toBe(1);
  return verdicts[0] ?? '';
}

describe('times', () => {
  test('an empty history is linearizable', () => {
    expect(verdict(kv, [])).toBe('linearizable');
  });
  test('intervals are closed: one that ends where another begins is concurrent with it', () => {
    expect(verdict(kv, [put(1, 'a', 0, 1), get(2, '', 1, 2)])).toBe('linearizable');
    expect(verdict(kv, [put(1, 'a', 0, 1), get(2, '', 1.5, 2)])).toBe('violated');
  });
  test('operations that take no time', () => {
    expect(verdict(kv, [put(1, 'a', 5, 5), get(2, '', 5, 5), get(3, 'a', 5, 5)])).toBe('linearizable');
    expect(verdict(kv, [put(1, 'a', 5, 5), get(2, '', 6, 6)])).toBe('violated');
  });
  test('only the order of times matters: negative and fractional ones will do', () => {
    expect(verdict(kv, [put(1, 'a', -9.5, -9.25), get(2, 'a', -9, 1e300)])).toBe('linearizable');
  });
  test('a client may have several operations open', () => {
    expect(verdict(kv, [put(1, 'a', 0, 10), put(1, 'b', 0, 10), get(1, 'a', 0, 10)])).toBe('linearizable');
  });
});

describe('pending writes', () => {
  test('applied never', () => {
    expect(verdict(kv, [put(1, 'a', 0), get(2, '', 10, 11), get(2, '', 12, 13)])).toBe('linearizable');
  });
  test('applied at once', () => {
    expect(verdict(kv, [put(1, 'a', 0), get(2, 'a', 1, 2)])).toBe('linearizable');
  });
  test('applied later than writes that were called long after', () => {
    const history = [put(1, 'a', 0), put(2, 'b', 10, 11), get(2, 'b', 12, 13), get(3, 'a', 14, 15)];
    expect(verdict(kv, history)).toBe('linearizable');
  });
  test('applied after everything, which nobody sees', () => {
    expect(verdict(kv, [append(1, 'a', 0), put(2, 'b', 1, 2), get(2, 'b', 3, 4)])).toBe('linearizable');
  });
  test('not before its call', () => {
    expect(verdict(kv, [get(2, 'a', 0, 1), put(1, 'a', 2)])).toBe('violated');
  });
  test('applied once only', () => {
    const history = [put(1, 'a', 0), get(2, 'a', 1, 2), put(2, 'b', 3, 4), get(3, 'a', 5, 6)];
    expect(verdict(kv, history)).toBe('violated');
  });
  test('seen and then unseen again', () => {
    expect(verdict(kv, [put(1, 'a', 0), get(2, 'a', 1, 2), get(2, '', 3, 4)])).toBe('violated');
  });
  test('a pending cas may have found its value, or not', () => {
    expect(verdict(kv, [put(1, 'a', 0, 1), cas(2, 'a', 'b', true, 2), get(3, 'b', 3, 4)])).toBe(
      'linearizable',
    );
    expect(verdict(kv, [put(1, 'a', 0, 1), cas(2, 'a', 'b', true, 2), get(3, 'a', 3, 4)])).toBe(
      'linearizable',
    );
    expect(verdict(kv, [put(1, 'a', 0, 1), cas(2, 'c', 'b', true, 2), get(3, 'b', 3, 4)])).toBe('violated');
  });
  test('pending reads say nothing', () => {
    const pending: KvOperation = { client: 3, call: 0, input: { op: 'get', key: 'x' } };
    expect(verdict(kv, [pending, put(1, 'a', 1, 2), get(2, 'a', 3, 4)])).toBe('linearizable');
  });
});

describe('values', () => {
  test('a value that nobody wrote', () => {
    expect(verdict(kv, [put(1, 'a', 0, 1), get(2, 'b', 2, 3)])).toBe('violated');
  });
  test('a value written to another key', () => {
    const other: KvOperation = { client: 1, call: 0, ret: 1, input: { op: 'put', key: 'y', value: 'a' } };
    expect(verdict(kv, [other, get(2, 'a', 2, 3)])).toBe('violated');
  });
  test('the same value written twice may be seen twice', () => {
    const history = [put(1, 'a', 0, 1), put(2, 'b', 2, 3), put(1, 'a', 4, 5), get(2, 'a', 6, 7)];
    expect(verdict(kv, history)).toBe('linearizable');
    expect(verdict(kv, history.toSpliced(2, 1))).toBe('violated');
  });
  test('the same value appended twice', () => {
    expect(verdict(kv, [append(1, 'a', 0, 1), append(2, 'a', 2, 3), get(3, 'aa', 4, 5)])).toBe(
      'linearizable',
    );
    expect(verdict(kv, [append(1, 'a', 0, 1), append(2, 'a', 2, 3), get(3, 'a', 4, 5)])).toBe('violated');
  });
  test('the empty string, put', () => {
    expect(verdict(kv, [put(1, 'a', 0, 1), put(1, '', 2, 3), get(2, '', 4, 5)])).toBe('linearizable');
  });
  test('a completed write that nobody sees needs its place, too', () => {
    const history = [put(1, 'a', 0, 1), put(2, 'b', 3, 4), get(3, 'a', 2, 5), get(3, 'a', 6, 7)];
    expect(verdict(kv, history)).toBe('violated');
    expect(verdict(kv, history.slice(0, 3))).toBe('linearizable');
  });
  test('appends in an order that two readers disagree about', () => {
    const writes = [append(1, 'a', 0, 9), append(2, 'b', 0, 9)];
    expect(verdict(kv, [...writes, get(3, 'ab', 10, 11)])).toBe('linearizable');
    expect(verdict(kv, [...writes, get(3, 'ab', 10, 11), get(4, 'ba', 12, 13)])).toBe('violated');
  });
  test('an append that is lost', () => {
    expect(verdict(kv, [append(1, 'a', 0, 1), append(2, 'b', 2, 3), get(3, 'b', 4, 5)])).toBe('violated');
  });
  test('a value that begins another is not taken for it', () => {
    const writes = [put(1, 'x', 0, 1), append(1, 'a', 2, 3), append(2, 'abz', 2, 3)];
    expect(verdict(kv, [...writes, get(3, 'xa', 2, 3), get(4, 'xabza', 4, 5)])).toBe('violated');
    expect(verdict(kv, [...writes, get(3, 'xabz', 2, 3), get(4, 'xabza', 4, 5)])).toBe('linearizable');
  });
  test('a cas that failed though the value was there all the time', () => {
    expect(verdict(kv, [put(1, 'a', 0, 1), cas(2, 'a', 'b', false, 2, 3)])).toBe('violated');
    expect(verdict(kv, [put(1, 'a', 0, 2), cas(2, 'a', 'b', false, 2, 3)])).toBe('linearizable');
  });
  test('two cas from one value', () => {
    const both = [put(1, 'a', 0, 1), cas(2, 'a', 'b', true, 2, 3), cas(3, 'a', 'c', true, 2, 3)];
    expect(verdict(kv, both)).toBe('violated');
  });
  test('null is a value of a register', () => {
    const read = {
      client: 1,
      call: 0,
      ret: 1,
      input: { op: 'read', key: '' },
      output: { value: null },
    } as const;
    expect(verdict(register, [read])).toBe('linearizable');
  });
});

describe('other models', () => {
  test('a versioned put that was refused, though its version was there', () => {
    const made = {
      client: 1,
      call: 0,
      ret: 1,
      input: { op: 'put', key: 'x', value: 'a', version: 0 },
    } as const;
    const refused = {
      client: 2,
      call: 2,
      ret: 3,
      input: { op: 'put', key: 'x', value: 'b', version: 1 },
    } as const;
    expect(
      verdict(versionedKv, [
        { ...made, output: true },
        { ...refused, output: false },
      ]),
    ).toBe('violated');
    // A pending put may have made version 2 in between.
    const pending = { client: 3, call: 0, input: { op: 'put', key: 'x', value: 'c', version: 1 } } as const;
    const history = [{ ...made, output: true }, { ...refused, output: false }, pending];
    expect(verdict(versionedKv, history)).toBe('linearizable');
  });
  test('two clients hold a mutex', () => {
    const lock = (client: number, call: number) =>
      ({ client, call, ret: call + 1, input: { op: 'lock', key: '' } }) as const;
    expect(verdict(mutex, [lock(1, 0), lock(2, 2)])).toBe('violated');
    const pendingUnlock = { client: 1, call: 2, input: { op: 'unlock', key: '' } } as const;
    expect(verdict(mutex, [lock(1, 0), pendingUnlock, lock(2, 2)])).toBe('linearizable');
  });
  test('a lease that was lost can be taken, and not renewed', () => {
    const acquire = (client: number, call: number, token: number | null) =>
      ({ client, call, ret: call + 1, input: { op: 'acquire', key: '' }, output: { token } }) as const;
    const renew = (client: number, call: number, token: number, output: boolean) =>
      ({ client, call, ret: call + 1, input: { op: 'renew', key: '', token }, output }) as const;
    expect(verdict(lease, [acquire(1, 0, 1), acquire(2, 2, 2), renew(1, 4, 1, false)])).toBe('linearizable');
    expect(verdict(lease, [acquire(1, 0, 1), acquire(2, 2, 2), renew(1, 4, 1, true)])).toBe('violated');
    expect(verdict(lease, [acquire(1, 0, 1), acquire(2, 2, null)])).toBe('linearizable');
    expect(verdict(lease, [acquire(1, 0, 1), acquire(2, 2, 1)])).toBe('violated');
  });
  test('a queue that is said to be empty while values pass the baton', () => {
    const enqueue = (value: number, call: number, ret: number) =>
      ({ client: 1, call, ret, input: { op: 'enqueue', key: '', value } }) as const;
    const dequeue = (output: { value: number } | 'empty', call: number, ret: number) =>
      ({ client: 2, call, ret, input: { op: 'dequeue', key: '' }, output }) as const;
    const baton = [
      enqueue(1, 0, 1),
      enqueue(2, 2, 4),
      dequeue({ value: 1 }, 5, 7),
      dequeue({ value: 2 }, 9, 9),
    ];
    expect(verdict(queue, [...baton, dequeue('empty', 2, 8)])).toBe('violated');
    expect(verdict(queue, [...baton, dequeue('empty', 0, 8)])).toBe('linearizable');
  });
});

describe('limits', () => {
  const busy = Array.from({ length: 8 }, (_, index) => append(index, 'a'.repeat(index + 1), 0, 9));
  const impossible = [...busy, get(9, 'b', 0, 9)];
  test('without one, the check decides', () => {
    expect(check(kv, impossible, { fastPaths: false })).toMatchObject({ verdict: 'violated' });
  });
  test('beyond one, the verdict is unknown and says which', () => {
    const unknown = (reached: string): object => ({ verdict: 'unknown', reached });
    expect(check(kv, impossible, { fastPaths: false, limit: { steps: 100 } })).toMatchObject(
      unknown('steps'),
    );
    expect(check(kv, impossible, { fastPaths: false, limit: { configurations: 10 } })).toMatchObject(
      unknown('configurations'),
    );
    let now = 0;
    const limit = { now: () => (now += 1), deadline: 0 };
    expect(check(kv, impossible, { fastPaths: false, limit })).toMatchObject(unknown('time'));
  });
  test('times that are none are refused', () => {
    expect(() => check(kv, [put(1, 'a', 2, 1)])).toThrow('Operation 0: `ret` lies before `call`');
    expect(() => check(kv, [put(1, 'a', Number.NaN, 1)])).toThrow('`call` must be a finite number');
  });
});

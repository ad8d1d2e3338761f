import { describe, expect, it } from 'vitest';
import type { FileStore } from '@lockstep/api';
import { makeStore } from '../src/file-stores.ts';
import { HeldBytes } from '../src/held-bytes.ts';

/** A store whose device only keeps what it is asked for. */
function kept(): { store: FileStore; asked: object[] } {
  const asked: object[] = [];
  const method = (args: object): Promise<never> => {
    asked.push(args);
    return new Promise(() => undefined);
  };
  const names = ['size', 'list', 'read', 'append', 'rename', 'remove'];
  return { store: makeStore(Object.fromEntries(names.map((name) => [name, method]))), asked };
}

describe('a file store', () => {
  it('hands its device what the contract says', () => {
    const { store, asked } = kept();
    const bytes = Uint8Array.of(1);
    void store.size('a');
    void store.list('');
    void store.read('a', 0, 5);
    void store.append('a', bytes);
    void store.rename('a', 'b');
    void store.remove('b');
    expect(asked).toEqual([
      { path: 'a' },
      { path: '' },
      { path: 'a', offset: 0, length: 5 },
      { path: 'a', bytes },
      { path: 'a', to: 'b' },
      { path: 'b' },
    ]);
  });

  const text = { toString: () => '/tmp-', length: 5 };
  it.each<[string, unknown[], string]>([
    ['size', [undefined], 'size() wants a path, which is text, not undefined'],
    ['list', [7], 'list() wants a path, which is text, not 7'],
    ['read', [text, 0, 1], 'read() wants a path, which is text, not an object'],
    ['read', ['a', -1, 1], 'read() wants an offset, which is a whole number from 0, not -1'],
    ['read', ['a', 0, 0.5], 'read() wants a length, which is a whole number from 0, not 0.5'],
    ['read', ['a', 0, NaN], 'read() wants a length, which is a whole number from 0, not NaN'],
    ['read', ['a', '0', 1], 'read() wants an offset, which is a whole number from 0, not a string'],
    ['append', [['/tmp-'], new Uint8Array(1)], 'append() wants a path, which is text, not an object'],
    ['append', ['a', [1]], 'append() wants bytes, which are a Uint8Array, not an object'],
    ['append', ['a', 'x'], 'append() wants bytes, which are a Uint8Array, not a string'],
    ['rename', [Symbol('a'), 'b'], 'rename() wants a path, which is text, not a symbol'],
    ['rename', ['a', null], 'rename() wants a path, which is text, not null'],
    ['remove', [() => 'a'], 'remove() wants a path, which is text, not a function'],
  ])('tells the caller of %s what is wrong with %j, and its device nothing', (method, args, message) => {
    const { store, asked } = kept();
    const call: unknown = Reflect.get(store, method);
    if (typeof call !== 'function') throw new Error(`a store has no ${method}`);
    expect((): unknown => Reflect.apply(call, store, args)).toThrow(new TypeError(message));
    expect(asked).toEqual([]);
  });

  it('has emptied no buffer with an append that it refuses', () => {
    const held = new HeldBytes();
    const local = held.watch(kept().store);
    held.emitted('key', 1);
    expect((): unknown => Reflect.apply(local.append, local, ['a', []])).toThrow(TypeError);
    held.emitted('key', 1);
    expect(held.most).toBe(8);
    void local.append('a', Uint8Array.of(1));
    held.emitted('key', 1);
    expect(held.most).toBe(8);
  });
});

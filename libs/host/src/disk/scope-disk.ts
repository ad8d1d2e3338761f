import { decode, encode } from '@lockstep/api';
import type { Disk, Value } from '@lockstep/api';
import type { Life } from '../life.ts';
import { handled, never } from '../promises.ts';
import type { Change } from './contents.ts';
import type { Storage } from './storage.ts';

/** The disk of one scope. */
export function makeDisk(storage: Storage, scope: string, life: Life): Disk {
  return {
    write: (batch) => {
      if (!life.isAlive) return never();
      const changes = toChanges(batch);
      return handled(whileAlive(life, storage.write({ scope, changes })));
    },
    read: <T>(name: string) =>
      handled(respond(life, readOne(storage, scope, String(name)))) as Promise<T | undefined>,
    entries: <T>(prefix = '') =>
      handled(respond(life, readAll(storage, scope, String(prefix)))) as Promise<[string, T][]>,
    get usedBytes() {
      return storage.contents.bytesOf(scope);
    },
  };
}

/** A batch with its values encoded, which copies and checks them. */
function toChanges(batch: Readonly<Record<string, unknown>>): Change[] {
  const isObject = typeof batch === 'object' && batch !== null && !Array.isArray(batch);
  const prototype: unknown = isObject ? Object.getPrototypeOf(batch) : undefined;
  if (!isObject || (prototype !== null && prototype !== Object.prototype))
    throw new TypeError('write() wants a plain object: names to values');
  return Object.keys(batch).map((name) => {
    const value = batch[name];
    return [name, value === undefined ? undefined : encode(value, `batch.${name}`)];
  });
}

async function readOne(storage: Storage, scope: string, name: string): Promise<Value> {
  const stored = storage.contents.read(scope, name);
  return stored === undefined ? undefined : decode(await storage.load(stored));
}

function readAll(storage: Storage, scope: string, prefix: string): Promise<[string, Value][]> {
  const found = storage.contents.entries(scope, prefix);
  return Promise.all(found.map(async ([name, stored]) => [name, decode(await storage.load(stored))]));
}

/** Settles as an event of its own: memory answers at once, but a node must not be able to rely on that. */
function respond(life: Life, answer: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (!life.isAlive) return;
    const later = (settle: () => void): void => {
      setImmediate(() => {
        if (life.isAlive) settle();
      });
    };
    answer.then(
      (value) => later(() => resolve(value)),
      (error: Error) => later(() => reject(error)),
    );
  });
}

function whileAlive(life: Life, promise: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    promise.then(
      () => {
        if (life.isAlive) resolve();
      },
      (error: Error) => {
        if (life.isAlive) reject(error);
      },
    );
  });
}

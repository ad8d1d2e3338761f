import { decode, encode } from '@lockstep/api';
import type { Disk, Value } from '@lockstep/api';
import type { Life } from '../life.ts';
import { handled, never } from '../promises.ts';
import type { Change } from './contents.ts';
import type { Storage } from './storage.ts';

/** The disk of one scope. */
export function makeDisk(storage: Storage, scope: string, life: Life): Disk {
  const { contents } = storage;
  return {
    write: (batch) => {
      if (!life.isAlive) return never();
      const changes = toChanges(batch);
      return handled(whileAlive(life, storage.write({ scope, changes })));
    },
    read: <T>(name: string) => {
      const value = contents.read(scope, String(name));
      return respond(life, value === undefined ? undefined : decode(value)) as Promise<T | undefined>;
    },
    entries: <T>(prefix = '') => {
      const found = contents.entries(scope, String(prefix)).map(([name, value]) => [name, decode(value)]);
      return respond(life, found as Value) as Promise<unknown> as Promise<[string, T][]>;
    },
    get usedBytes() {
      return contents.bytesOf(scope);
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

/** Settles as an event of its own: memory answers at once, but a node must not be able to rely on that. */
function respond(life: Life, value: Value): Promise<Value> {
  return new Promise((resolve) => {
    if (!life.isAlive) return;
    setImmediate(() => {
      if (life.isAlive) resolve(value);
    });
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

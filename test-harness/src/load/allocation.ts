import { writeSync } from 'node:fs';

/*
 * Memory for a buffer that cannot be had is an error of the language, which code may catch. It then knows what the
 * whole process holds, all other nodes included, and when the engine has last collected its garbage: an input that no
 * seed repeats, and a way around the network. A heap that is full ends the process; here, so do buffers.
 *
 * A module with an effect, to be evaluated before SES is: that makes some of these methods its own.
 */

const ALLOCATION_FAILED = 'Array buffer allocation failed';

/** What Node itself says instead. */
const NODE_ALLOCATION_FAILED = 'ERR_MEMORY_ALLOCATION_FAILED';

const CONSTRUCTORS = [
  'ArrayBuffer',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const;

/** Methods of typed arrays whose result the engine makes itself, without asking for a constructor. */
const METHODS = ['toReversed', 'toSorted', 'with'] as const;

interface Constructor {
  readonly prototype: object;
  new (...given: unknown[]): object;
}

const abort = process.abort.bind(process);

for (const name of CONSTRUCTORS) guardConstructor(name);
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Record<string, unknown>;
for (const name of METHODS) guardMethod(typedArray, name);

function guardConstructor(name: (typeof CONSTRUCTORS)[number]): void {
  const native = Reflect.get(globalThis, name) as Constructor;
  const holder: object = {
    [name]: function (first: unknown, second: unknown, third: unknown): object {
      // The bundle is a script; and functions of sloppy code have properties that SES wants gone, and cannot take.
      'use strict';
      const made: unknown = new.target;
      if (made === undefined) throw new TypeError(`Constructor ${name} requires 'new'`);
      // Memory that such a one reserves and cannot have is told by an error that means other things, too.
      if (name === 'ArrayBuffer' && second !== undefined) {
        throw new RangeError('buffers that change their size are not available here');
      }
      const as = made === guarded ? native : (made as Constructor);
      return orDie(() => Reflect.construct(native, [first, second, third], as) as object);
    },
  };
  const guarded = Reflect.get(holder, name) as Constructor;
  Object.setPrototypeOf(guarded, Object.getPrototypeOf(native) as object);
  Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(native));
  define(globalThis, name, guarded);
  define(native.prototype, 'constructor', guarded);
}

function guardMethod(prototype: Record<string, unknown>, name: string): void {
  const native = prototype[name] as (...given: unknown[]) => unknown;
  const { [name]: guarded } = {
    [name](this: unknown, ...given: unknown[]): unknown {
      return orDie(() => Reflect.apply(native, this, given) as unknown);
    },
  };
  define(prototype, name, guarded);
}

function define(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, writable: true, enumerable: false, configurable: true });
}

/** Gives what `act` gives, and throws what it throws, unless that says that there is no memory: then nobody goes on. */
export function orDie<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { message, code } = Object.getOwnPropertyDescriptors(
      Object(error) as { message?: unknown; code?: unknown },
    );
    if (message?.value !== ALLOCATION_FAILED && code?.value !== NODE_ALLOCATION_FAILED) throw error;
    writeSync(2, `${ALLOCATION_FAILED}: out of memory\n`);
    return abort();
  }
}

import { counterFormat } from './counter.ts';
import type { Format } from './format.ts';
import { kvFormat } from './kv.ts';
import { leaseFormat, mutexFormat } from './locks.ts';
import { queueFormat } from './queue.ts';
import { casRegisterFormat, registerFormat } from './register.ts';
import { setFormat } from './set.ts';
import { versionedKvFormat } from './versioned.ts';

/** Every model that comes with the library, under the name that the command line knows it by. */
export const formats = {
  kv: kvFormat,
  'versioned-kv': versionedKvFormat,
  register: registerFormat,
  'cas-register': casRegisterFormat,
  mutex: mutexFormat,
  lease: leaseFormat,
  queue: queueFormat,
  counter: counterFormat,
  set: setFormat,
} as const;

/** A format whose types do not matter to the code at hand. Its model takes what its `decode` has returned. */
export type SomeFormat = Format<unknown, unknown, unknown>;

/** The names of all models. */
export const modelNames: readonly string[] = Object.keys(formats);

/** The format of that name, if there is one. */
export function formatNamed(name: string): SomeFormat | undefined {
  // Sound because values only ever go from a format's own `decode` to its own model.
  return Object.hasOwn(formats, name)
    ? (formats[name as keyof typeof formats] as unknown as SomeFormat)
    : undefined;
}

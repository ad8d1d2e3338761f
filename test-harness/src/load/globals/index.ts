import type { Host } from '@lockstep/api';
import { copyValue } from '../../world/copy.ts';
import { AbortController, AbortSignal } from './abort.ts';
import { makeDate } from './date.ts';
import { formatLine } from './format.ts';
import type { Locate } from './format.ts';
import { makeUuid, mathMaker } from './random.ts';
import { TextDecoder, TextEncoder } from './text.ts';
import { makeTimers } from './timers.ts';

/** The intrinsics of the language that all compartments share and that give away neither time nor chance. */
export interface SharedIntrinsics {
  readonly Date: { readonly prototype: object; readonly parse: unknown; readonly UTC: unknown };
  readonly Math: object;
}

type Functions = Record<string, (...args: never[]) => unknown>;

/** What code under test sees beside the language's own: what `@lockstep/api/globals` declares. */
export interface Globals {
  /** Those that give away neither time nor chance: one set for all nodes, hardened. */
  readonly shared: Readonly<Record<string, unknown>>;
  /**
   * Makes the others for one boot of one node, always the same names in the same order: time, chance and output are
   * the node's. Frozen on the spot, which costs a tenth of having all that is made searched and hardened.
   */
  own(host: Host): Record<string, unknown>;
}

/** @param locate says where an error was made, for `console`. */
export function makeGlobals(intrinsics: SharedIntrinsics, locate: Locate): Globals {
  const makeMath = mathMaker(intrinsics.Math);
  // No name leads to it, and no search finds what a getter gives.
  harden(AbortSignal);
  const shared = harden({
    ...REPLACED,
    ...asNative({ queueMicrotask, structuredClone }),
    AbortController,
    TextEncoder,
    TextDecoder,
  });
  const own: Globals['own'] = ({ clock, random, log }) => ({
    ...asNative(makeTimers(clock)),
    console: asNative(makeConsole(log, locate)),
    Date: makeDate(intrinsics.Date, () => clock.now()),
    Math: makeMath(random),
    performance: asNative({ now: () => clock.now() }),
    crypto: asNative({ randomUUID: makeUuid(random) }),
  });
  return { shared, own };
}

/** What the compartment would have by itself, and code under test has no use for. */
const REPLACED = {
  Compartment: undefined,
  harden: undefined,
  lockdown: undefined,
  assert: undefined,
  // Code made of text would be evaluated outside of every node, with no clock, no chance and no console.
  eval: refuseText('eval'),
  Function: Object.defineProperty(refuseText('Function'), 'prototype', { value: Function.prototype }),
  // NaN is one value with many bit patterns, and which one an operation gives changes once it has been compiled. SES
  // sees to what a DataView stores, and leaves these out because nobody can see to what they do.
  Float32Array: refuseFloats('Float32Array'),
  Float64Array: refuseFloats('Float64Array'),
};

function refuseText(name: string): object {
  return refuse(name, () => new EvalError(`${name}() is not available here: code can't be made of text`));
}

function refuseFloats(name: string): object {
  const why = 'it shows the bits of NaN, which no seed repeats';
  return refuse(
    name,
    () => new TypeError(`${name} is not available here: ${why}; take an array, or a DataView`),
  );
}

function refuse(name: string, makeError: () => Error): object {
  function refused(): never {
    throw makeError();
  }
  return Object.defineProperty(refused, 'name', { value: name });
}

/** Functions that look like the platform's own: with their names, and without a text that could be read. */
function asNative(functions: Functions): Readonly<Functions> {
  const native: Functions = {};
  for (const name of Object.keys(functions)) {
    const bound: unknown = functions[name]?.bind(undefined);
    native[name] = Object.freeze(Object.defineProperty(bound as () => unknown, 'name', { value: name }));
  }
  return Object.freeze(native);
}

function makeConsole(log: Host['log'], locate: Locate): Functions {
  const info = (...values: unknown[]): void => log.info(formatLine(values, locate));
  const warn = (...values: unknown[]): void => log.warn(formatLine(values, locate));
  const debug = (...values: unknown[]): void => log.debug(formatLine(values, locate));
  return { log: info, info, warn, error: warn, debug };
}

/** A rejected promise rather than an exception outside of everything: the world knows whose it is. */
function queueMicrotask(callback: unknown): void {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask() wants a function to call');
  const call = callback as () => void;
  void Promise.resolve().then(() => call());
}

function structuredClone(value: unknown): unknown {
  return copyValue(value, 'the value').value;
}

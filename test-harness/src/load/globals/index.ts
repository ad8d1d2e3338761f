import type { Host } from '@lockstep/api';
import { copyValue } from '../../world/copy.ts';
import { AbortController } from './abort.ts';
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

/**
 * Makes the globals of one boot of one node, beside the language's own: what `@lockstep/api/globals` declares. Time,
 * chance and output are the node's; nothing that could change is shared with another node. All that is made per boot
 * is frozen on the spot, which costs a tenth of having it searched and hardened.
 *
 * @param locate says where an error was made, for `console`.
 */
export function globalsMaker(
  shared: SharedIntrinsics,
  locate: Locate,
): (host: Host) => Record<string, unknown> {
  const makeMath = mathMaker(shared.Math);
  const same = harden({
    ...ABSENT,
    ...asNative({ queueMicrotask, structuredClone }),
    AbortController,
    TextEncoder,
    TextDecoder,
    Float32Array,
    Float64Array,
  });
  return ({ clock, random, log }) => ({
    ...same,
    ...asNative(makeTimers(clock)),
    console: asNative(makeConsole(log, locate)),
    Date: makeDate(shared.Date, () => clock.now()),
    Math: makeMath(random),
    performance: asNative({ now: () => clock.now() }),
    crypto: asNative({ randomUUID: makeUuid(random) }),
  });
}

/** What the compartment would have by itself, and code under test has no use for. */
const ABSENT = { Compartment: undefined, harden: undefined, lockdown: undefined, assert: undefined };

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

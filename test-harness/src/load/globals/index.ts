import type { Host } from '@lockstep/api';
import { copyValue } from '../../world/copy.ts';
import { AbortController } from './abort.ts';
import { makeDate } from './date.ts';
import { formatLine } from './format.ts';
import type { Locate } from './format.ts';
import { makeMath, makeUuid } from './random.ts';
import { TextDecoder, TextEncoder } from './text.ts';
import { makeTimers } from './timers.ts';

/** The intrinsics of the language that all compartments share and that give away neither time nor chance. */
export interface SharedIntrinsics {
  readonly Date: { readonly prototype: object; readonly parse: unknown; readonly UTC: unknown };
  readonly Math: object;
}

/**
 * The globals of one boot of one node, beside the language's own: what `@lockstep/api/globals` declares. Time,
 * chance and output are the node's; nothing in them is shared with another node.
 */
export function makeGlobals(host: Host, shared: SharedIntrinsics, locate: Locate): Record<string, unknown> {
  const { clock, random, log } = host;
  return {
    ...ABSENT,
    ...asNative({ ...makeTimers(clock), queueMicrotask, structuredClone }),
    console: asNative(makeConsole(log, locate)),
    Date: makeDate(shared.Date, () => clock.now()),
    Math: makeMath(shared.Math, random),
    performance: asNative({ now: () => clock.now() }),
    crypto: asNative({ randomUUID: makeUuid(random) }),
    AbortController,
    TextEncoder,
    TextDecoder,
    Float32Array,
    Float64Array,
  };
}

/** What the compartment would have by itself, and code under test has no use for. */
const ABSENT = { Compartment: undefined, harden: undefined, lockdown: undefined, assert: undefined };

/** Functions that look like the platform's own: with their names, and without a text that could be read. */
function asNative(functions: Record<string, (...args: never[]) => unknown>): Record<string, unknown> {
  const entries = Object.entries(functions).map(([name, call]): [string, unknown] => {
    return [name, Object.defineProperty(call.bind(undefined), 'name', { value: name })];
  });
  return Object.fromEntries(entries);
}

function makeConsole(log: Host['log'], locate: Locate): Record<string, () => void> {
  const info = (...values: unknown[]): void => log.info(formatLine(values, locate));
  const warn = (...values: unknown[]): void => log.warn(formatLine(values, locate));
  const debug = (...values: unknown[]): void => log.debug(formatLine(values, locate));
  return { log: info, info, warn, error: warn, debug };
}

/** A rejected promise rather than an exception outside of everything: the world knows whose it is. */
const queueMicrotask = (callback: unknown): void => {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask() wants a function to call');
  const call = callback as () => void;
  void Promise.resolve().then(() => call());
};

const structuredClone = (value: unknown): unknown => copyValue(value, 'the value').value;

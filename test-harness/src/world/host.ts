import { DEFAULT_CALL_TIMEOUT_MS, RpcError } from '@lockstep/api';
import type {
  CallOptions,
  CancelSignal,
  Client,
  Clock,
  Disk,
  Host,
  Logger,
  Random,
  Timer,
} from '@lockstep/api';
import { preview } from '../trace/preview.ts';
import { SITE } from './chooser.ts';
import { copyPlain, copyValue, lastCopy } from './copy.ts';
import { crossing, guardAll } from './crossing.ts';
import type { Deadlines } from './deadlines.ts';
import type { Incarnation, ScopeState } from './incarnation.ts';
import { kindOf } from './kind-of.ts';
import { NodeWork } from './node.ts';
import { Call, sendRequest } from './rpc.ts';
import { isCodeFree } from '../load/code-free.ts';
import { describeRefusal } from '../load/thrown.ts';
import { CODE } from './world.ts';
import type { World } from './world.ts';

/** What a simulated Host is made of. */
interface Parts {
  readonly incarnation: Incarnation;
  readonly deadlines: Deadlines;
}

/** Instead of a log line's data that nobody can look at. */
const NOT_PLAIN = '(not plain data)';

/** Characters of a log line's data that a timeline keeps. */
const MAX_LOGGED_TEXT = 300;

const SCOPE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The Host of one boot in the simulated world. Everything in it is frozen and made of closures, so
 * that nothing but the documented API can be reached from it.
 */
export function makeHost(incarnation: Incarnation, deadlines: Deadlines): Host {
  return makeScope({ incarnation, deadlines }, '');
}

function makeScope(parts: Parts, scope: string): Host {
  const { incarnation } = parts;
  const state = scopeState(incarnation, scope);
  const clients = new Map<string, object>();
  const host: Host = {
    id: incarnation.node.id,
    clock: makeClock(incarnation),
    random: makeRandom(incarnation),
    disk: makeDisk(incarnation, scope),
    log: makeLogger(incarnation, scope),
    serve: (service) => {
      if (typeof service !== 'object' || service === null)
        throw new TypeError('serve() wants an object whose methods are the handlers');
      if (incarnation.alive) state.service = service;
    },
    peer: <S extends object>(id: string) => {
      let client = clients.get(id);
      if (client === undefined) {
        client = makeClient(parts, scope, id);
        clients.set(id, client);
      }
      return client as Client<S>;
    },
    scope: (name) => {
      // A name that is made text twice could be another one the second time.
      const given: unknown = name;
      if (typeof given !== 'string' || !SCOPE_NAME.test(given)) {
        const what = typeof given === 'string' ? JSON.stringify(given) : kindOf(given);
        throw new TypeError(`a scope's name is letters, digits, - and _, not ${what}`);
      }
      return makeScope(parts, scope === '' ? name : `${scope}/${name}`);
    },
  };
  guardAll(incarnation.world.crossings, host);
  return deepFreeze(host);
}

function scopeState(incarnation: Incarnation, scope: string): ScopeState {
  let state = incarnation.scopes.get(scope);
  if (state === undefined) {
    state = { service: undefined, account: incarnation.node.scopeAccount(scope) };
    incarnation.scopes.set(scope, state);
  }
  return state;
}

/** Freezes an object of ours and all that it holds, accessors' functions too. */
function deepFreeze<T extends object>(object: T): T {
  Object.freeze(object);
  for (const { value, get } of Object.values(Object.getOwnPropertyDescriptors(object))) {
    for (const part of [value as unknown, get]) {
      const isHolder = typeof part === 'function' || (typeof part === 'object' && part !== null);
      if (isHolder && !Object.isFrozen(part)) deepFreeze(part);
    }
  }
  return object;
}

/** A promise that never settles: what calls on a dead node's Host give. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

function ignore(): void {}

/** A rejected promise that counts as handled: whoever cares awaits it, and nobody has to. */
function rejected<T>(error: Error): Promise<T> {
  const promise = Promise.reject<T>(error);
  promise.then(undefined, ignore);
  return promise;
}

function makeClient(parts: Parts, scope: string, id: string): object {
  const methods = new Map<string, (args: unknown, options?: CallOptions) => Promise<unknown>>();
  return new Proxy(Object.freeze({}), {
    get: (_target, method) => {
      // An awaited client must not look like a promise.
      if (typeof method !== 'string' || method === 'then') return undefined;
      let call = methods.get(method);
      if (call === undefined) {
        const to = { scope, id, method };
        call = Object.freeze(
          crossing(parts.incarnation.world.crossings, (args: unknown, options?: CallOptions) =>
            startCall(parts, to, args, options),
          ),
        );
        methods.set(method, call);
      }
      return call;
    },
  });
}

function startCall(
  { incarnation, deadlines }: Parts,
  to: { readonly scope: string; readonly id: string; readonly method: string },
  args: unknown,
  options: CallOptions | undefined,
): Promise<unknown> {
  const { world, node } = incarnation;
  const callee = world.find(to.id);
  if (callee === undefined) {
    const id: unknown = to.id;
    const what =
      typeof id === 'string' ? `there is no node "${id}"` : `a node's id is text, not ${kindOf(id)}`;
    return rejected(new RpcError('invalid-argument', what));
  }
  const timeoutMs = options?.timeoutMs ?? DEFAULT_CALL_TIMEOUT_MS;
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0) || timeoutMs === Infinity) {
    return rejected(
      new RpcError('invalid-argument', `timeoutMs must be a positive number, not ${kindOf(timeoutMs)}`),
    );
  }
  const signal = options?.signal;
  if (signal !== undefined && !isSignal(signal))
    return rejected(
      new RpcError('invalid-argument', `signal must be that of an AbortController, not ${kindOf(signal)}`),
    );
  if (signal?.aborted === true)
    return rejected(new RpcError('cancelled', 'the signal was aborted before the call'));
  let copy: unknown;
  try {
    copy = copyPlain(args, 'the argument');
  } catch (error) {
    const why = describeRefusal(error);
    // Code that takes every failed call for a lost one would never show this to its author.
    world.trace('note', node.id, `the call ${to.method} was refused: ${why}`);
    return rejected(new RpcError('invalid-argument', `${to.method}: ${why}`));
  }
  const { bytes, hash } = lastCopy;
  if (!incarnation.effect()) return never();
  const durationUs = Math.max(1, node.clock.trueUs(timeoutMs));
  const call = new Call(incarnation, callee, to.scope, to.method, world.nowUs + durationUs);
  deadlines.add(call, durationUs);
  if (signal !== undefined) heed(signal, call);
  sendRequest(world, call, copy, bytes, hash);
  incarnation.afterEffect();
  return call.promise;
}

function isSignal(given: unknown): given is CancelSignal {
  if (typeof given !== 'object' || given === null) return false;
  const { addEventListener, removeEventListener } = given as Partial<CancelSignal>;
  return typeof addEventListener === 'function' && typeof removeEventListener === 'function';
}

/** Ends the call when its caller's signal says so. */
function heed(signal: CancelSignal, call: Call): void {
  const cancel = (): void => call.fail('cancelled', 'the caller cancelled the call');
  const forget = (): void => signal.removeEventListener('abort', cancel);
  signal.addEventListener('abort', cancel);
  call.promise.then(forget, forget);
}

function makeClock(incarnation: Incarnation): Clock {
  const { world, node } = incarnation;
  let frozenAt: number | undefined;
  const now = (): number => {
    if (!incarnation.alive) return (frozenAt ??= node.clock.read(world.nowUs) / 1000);
    return node.clock.read(world.nowUs) / 1000;
  };
  const after = (ms: number, run: () => void): Timer => {
    if (typeof run !== 'function') throw new TypeError('after() wants a function to call');
    if (typeof ms !== 'number' || ms !== ms) throw new TypeError('after() wants a number of milliseconds');
    incarnation.refuseWhenMuted();
    if (!incarnation.alive) return Object.freeze({ cancel: ignore });
    return startTimer(world, incarnation, Math.min(Math.max(ms, 0), 1e12), run);
  };
  return {
    now,
    after,
    sleep: (ms) => new Promise(crossing(world.crossings, (resolve: () => void) => void after(ms, resolve))),
  };
}

function startTimer(world: World, incarnation: Incarnation, ms: number, run: () => void): Timer {
  const { node } = incarnation;
  const work = new TimerWork(incarnation, run);
  node.account.timers++;
  incarnation.pendingTimers++;
  if (incarnation.pendingTimers > world.limits.timers) {
    world.fail({
      kind: 'budget',
      property: 'bounded timers',
      message: `${node.id} has more than ${world.limits.timers} timers pending at the same time`,
      node: node.id,
    });
  }
  world.schedule(world.nowUs + node.clock.trueUs(ms), node.index, work);
  return Object.freeze({ cancel: crossing(world.crossings, () => work.cancel()) });
}

class TimerWork extends NodeWork {
  readonly code = CODE.timer;
  readonly detail = 0;
  readonly #owner: Incarnation;
  #run: (() => void) | undefined;

  constructor(incarnation: Incarnation, run: () => void) {
    super(incarnation.node, incarnation);
    this.#owner = incarnation;
    this.#run = run;
  }

  cancel(): void {
    if (this.#run === undefined) return;
    this.#run = undefined;
    this.#owner.pendingTimers--;
  }

  override fire(): void {
    if (this.#run !== undefined && this.#owner.alive) this.node.arrive(this);
  }

  execute(world: World): void {
    const run = this.#run;
    if (run === undefined) return;
    this.cancel();
    if (world.recorder !== undefined) world.cause = world.trace('timer', this.node.id, 'timer');
    run();
  }
}

function makeRandom(incarnation: Incarnation): Random {
  const { world, node } = incarnation;
  const place = node.index * 65_536 + incarnation.boot;
  const draw = (domain: number): number =>
    world.chooser.choose(SITE.random, place, ++incarnation.randomDraws, 0, domain);
  return {
    uniform: () => draw(0x1_0000_0000) / 0x1_0000_0000,
    integer: (lo, hi) => {
      if (!Number.isSafeInteger(lo) || !Number.isSafeInteger(hi) || hi < lo || hi - lo >= 0x1_0000_0000) {
        throw new RangeError(
          `integer(lo, hi) wants two integers, lo <= hi, less than 2^32 apart; not ${kindOf(lo)}, ${kindOf(hi)}`,
        );
      }
      return lo + draw(hi - lo + 1);
    },
  };
}

function makeDisk(incarnation: Incarnation, scope: string): Disk {
  const { disk } = incarnation.node;
  return {
    write: (batch) => {
      const isList = Array.isArray(batch) || batch instanceof Uint8Array;
      if (typeof batch !== 'object' || batch === null || isList)
        throw new TypeError('write() wants an object: names to values');
      if (!incarnation.alive) return never();
      const promise = disk.write(incarnation, scope, batch);
      promise.then(undefined, ignore);
      return promise;
    },
    read: <T>(name: string) => {
      incarnation.refuseWhenMuted();
      return incarnation.alive
        ? (disk.read(incarnation, scope, String(name)) as Promise<T | undefined>)
        : never<T>();
    },
    entries: <T>(prefix = '') => {
      incarnation.refuseWhenMuted();
      if (!incarnation.alive) return never<[string, T][]>();
      return disk.entries(incarnation, scope, String(prefix)) as Promise<[string, T][]>;
    },
    get usedBytes() {
      return disk.usedBytes(scope, true);
    },
  };
}

function makeLogger(incarnation: Incarnation, scope: string): Logger {
  const write = (level: string, message: string, data: unknown): void => {
    const { world, node } = incarnation;
    if (!incarnation.alive || incarnation.muted) return;
    const { logLines } = world.limits;
    incarnation.logLines++;
    if (incarnation.logLines > logLines) return;
    const text = typeof message === 'string' ? message.slice(0, 2000) : '';
    // What is logged is part of what a run does; hashing it finds a difference where it first shows.
    world.hash.add(node.index, CODE.log, text.length);
    if (world.recorder === undefined) return;
    const shown = data === undefined ? '' : ` ${previewOf(data)}`;
    const prefix = `${level === 'info' ? '' : `${level}: `}${scope === '' ? '' : `[${scope}] `}`;
    const note = incarnation.logLines === logLines ? ' (further lines are dropped)' : '';
    world.trace('log', node.id, `${prefix}${text}${shown}${note}`);
  };
  return {
    debug: (message, data) => write('debug', message, data),
    info: (message, data) => write('info', message, data),
    warn: (message, data) => write('warn', message, data),
  };
}

/** Only recordings are looked at, and a recording is the same run: no code of the data may run. */
function previewOf(data: unknown): string {
  try {
    if (!isCodeFree(data)) return NOT_PLAIN;
    const { value } = copyValue(data, 'the data');
    return typeof value === 'string' ? value.slice(0, MAX_LOGGED_TEXT) : preview(value, MAX_LOGGED_TEXT);
  } catch {
    return NOT_PLAIN;
  }
}

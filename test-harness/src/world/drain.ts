/* The simulator's one door to the event loop of the process that it runs in. */

/** Runs all queued microtasks to the end, and those that they queue. */
export type Drain = () => void;

interface TickingProcess {
  // Undocumented, but the only synchronous drain that Node offers; the self-test guards against its absence.
  readonly _tickCallback?: () => void;
}

// Microtasks can be drained only by the process that they are queued in.
const ticking: TickingProcess = process as unknown as TickingProcess;
const tick = ticking._tickCallback;

/**
 * The drain, tested on itself.
 *
 * @throws when it does not drain: called from inside a microtask (module top level, an async
 * function's continuation), or on a Node whose internals have changed.
 */
export function makeDrain(): Drain {
  if (typeof tick !== 'function')
    throw new Error('this version of Node has no way to drain microtasks; use Node 20');
  const drain = (): void => tick.call(process);
  let steps = 0;
  void Promise.resolve()
    .then(() => steps++)
    .then(() => steps++);
  drain();
  if (steps !== 2)
    throw new Error('microtasks do not drain here: the simulation must be driven from a macrotask');
  return drain;
}

/** Calls `run` as a macrotask: with no microtask under way, so that draining works. */
export function asMacrotask(run: () => void): void {
  // The hop out of the caller's microtask; nothing of the simulation depends on when it happens.
  setImmediate(run);
}

/** What `listen` needs to tell about promises that were rejected with nobody listening. */
export interface RejectionListener {
  unhandled(reason: unknown, promise: Promise<unknown>): void;
  handled(promise: Promise<unknown>): void;
}

/**
 * Diverts the process's reports of unhandled rejections to `listener` while `body` runs. Everybody
 * else's listeners are put aside meanwhile: what the code under test leaves unhandled is a fact of the
 * simulation, not of the process.
 */
export function divertRejections(listener: RejectionListener, body: () => void): void {
  const names = ['unhandledRejection', 'rejectionHandled'] as const;
  const others = names.map((name) => process.rawListeners(name));
  const unhandled = (reason: unknown, promise: Promise<unknown>): void => listener.unhandled(reason, promise);
  const handled = (promise: Promise<unknown>): void => listener.handled(promise);
  for (const name of names) process.removeAllListeners(name);
  process.on('unhandledRejection', unhandled);
  process.on('rejectionHandled', handled);
  try {
    body();
  } finally {
    for (const name of names) process.removeAllListeners(name);
    for (const other of others[0] ?? [])
      process.on('unhandledRejection', other as NodeJS.UnhandledRejectionListener);
    for (const other of others[1] ?? [])
      process.on('rejectionHandled', other as NodeJS.RejectionHandledListener);
  }
}

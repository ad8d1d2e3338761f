import type { Clock, Timer } from '@lockstep/api';

/** Longer delays are cut to this: 24 days, as platforms have it, and beyond any run. */
const MAX_DELAY_MS = 0x7fff_ffff;

type Handler = (...args: unknown[]) => void;

/** `setTimeout` and its like on a node's own clock. */
export function makeTimers(clock: Clock): Record<string, (...args: never[]) => unknown> {
  const pending = new Map<number, Timer>();
  let last = 0;

  const start = (id: number, delay: number, run: () => void): void => {
    pending.set(id, clock.after(delay, run));
  };
  const clear = (id: unknown): void => {
    if (typeof id !== 'number') return;
    pending.get(id)?.cancel();
    pending.delete(id);
  };
  return {
    setTimeout: (handler: unknown, delay: unknown, ...args: unknown[]): number => {
      const call = callable(handler, 'setTimeout');
      const id = ++last;
      start(id, milliseconds(delay), () => {
        pending.delete(id);
        call(...args);
      });
      return id;
    },
    setInterval: (handler: unknown, delay: unknown, ...args: unknown[]): number => {
      const call = callable(handler, 'setInterval');
      const id = ++last;
      const period = milliseconds(delay);
      const tick = (): void => {
        // Set again first: a handler that throws, or clears the interval, finds it running.
        start(id, period, tick);
        call(...args);
      };
      start(id, period, tick);
      return id;
    },
    clearTimeout: clear,
    clearInterval: clear,
  };
}

function callable(handler: unknown, name: string): Handler {
  if (typeof handler !== 'function') throw new TypeError(`${name}() wants a function to call`);
  return handler as Handler;
}

/** At least 1, as platforms have it: a loop of timers must not stop time. */
function milliseconds(delay: unknown): number {
  const number = typeof delay === 'number' ? delay : Number(delay);
  return number >= 1 ? Math.min(number, MAX_DELAY_MS) : 1;
}

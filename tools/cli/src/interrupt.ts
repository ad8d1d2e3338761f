import { EXIT } from './exit.ts';

/** npm passes a Ctrl-C on to what it runs, which has had it from the terminal already: within so many ms it is one. */
const SAME_MS = 150;

/**
 * Does work that can be interrupted: the first Ctrl-C ends it early, so that what is there can be
 * written; the second one ends the process.
 *
 * @param clock in ms; tells a second key press from the first one passed on.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  clock: () => number = () => performance.now(),
): Promise<T> {
  const controller = new AbortController();
  let firstAt = -Infinity;
  const interrupt = (): void => {
    const now = clock();
    if (controller.signal.aborted) {
      // Children are in process groups of their own; they are killed when this process exits.
      if (now - firstAt > SAME_MS) process.exit(EXIT.interrupted);
      return;
    }
    firstAt = now;
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

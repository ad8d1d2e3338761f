import FakeTimers from '@sinonjs/fake-timers';
import type { Workload } from './workload.ts';

/**
 * The same calls as one would make them with the usual tools: @sinonjs/fake-timers for time,
 * `structuredClone` for the copies, a timer for each delivery and each deadline.
 */
export async function fakeTimersLoop(workload: Workload): Promise<number> {
  const clock = FakeTimers.createClock(0);
  let made = 0;
  const call = (args: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const copy = structuredClone(args);
      const deadline = clock.setTimeout(() => reject(new Error('unavailable')), 1000);
      clock.setTimeout(() => {
        const reply = structuredClone(workload.handle(copy as never));
        clock.setTimeout(() => {
          clock.clearTimeout(deadline);
          resolve(reply);
        }, 1);
      }, 1);
    });
  let done = 0;
  const worker = async (): Promise<void> => {
    while (made < workload.calls) {
      made++;
      await call(workload.makeArgs(made));
      done++;
    }
  };
  const workers = Array.from({ length: workload.inFlight }, worker);
  while (done < workload.calls) await clock.tickAsync(1);
  await Promise.all(workers);
  return done;
}

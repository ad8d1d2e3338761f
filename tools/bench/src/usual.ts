import { fakeTimersLoop } from './fake-timers-loop.ts';
import { appendEntries } from './workload.ts';

/** The usual tools are slow: fewer calls tell as much. */
const CALLS = 20_000;

/** Measures the usual tools; they do not load where intrinsics are frozen, so in a process of their own. */
export async function benchUsual(): Promise<{ usual: number[] }> {
  const usual: number[] = [];
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    await fakeTimersLoop(appendEntries(CALLS));
    usual.push((CALLS / (performance.now() - start)) * 1000);
  }
  return { usual };
}

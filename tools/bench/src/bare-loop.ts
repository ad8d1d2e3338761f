import { copyPlain } from '@lockstep/test-harness/world';
import type { Workload } from './workload.ts';

/** Drains microtasks from inside a macrotask. */
type Drain = () => void;

/** An event of the bare loop. */
interface BareEvent {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * The least that a simulated call can cost: a heap ordered by time, one copy each way, a promise, and a
 * drain after each event. No deadlines, service times, faults, accounts, hash, judges or compartments.
 * What the world costs beyond this loop is what its features cost.
 */
export function bareLoop(workload: Workload, drain: Drain): number {
  const heap: BareEvent[] = [];
  let now = 0;
  let order = 0;
  const schedule = (at: number, run: () => void): void => push(heap, { at, order: order++, run });
  const handle = (args: unknown): unknown => workload.handle(args as never);
  const call = (args: unknown): Promise<unknown> =>
    new Promise((resolve) => {
      const copy = copyPlain(args, 'args');
      schedule(now + 50 + (order % 101), () => {
        const reply = copyPlain(handle(copy), 'reply');
        schedule(now + 50 + (order % 101), () => resolve(reply));
      });
    });
  let done = 0;
  const worker = async (): Promise<void> => {
    while (done < workload.calls) {
      done++;
      await call(workload.makeArgs(done));
    }
  };
  for (let i = 0; i < workload.inFlight; i++) void worker();
  for (;;) {
    const event = pop(heap);
    if (event === undefined) break;
    now = event.at;
    event.run();
    drain();
  }
  return done;
}

function isBefore(a: BareEvent, b: BareEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: BareEvent[], event: BareEvent): void {
  let i = heap.push(event) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, event)) break;
    heap[i] = above;
    i = parent;
  }
  heap[i] = event;
}

function pop(heap: BareEvent[]): BareEvent | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    const left = heap[child];
    if (left === undefined) break;
    const right = heap[child + 1];
    let next = left;
    if (right !== undefined && isBefore(right, left)) {
      next = right;
      child++;
    }
    if (isBefore(last, next)) break;
    heap[i] = next;
    i = child;
  }
  heap[i] = last;
  return top;
}

import { returnOf, type Decision, type Operation } from '../model.ts';
import type { Scalar } from '../models/format.ts';
import type { QueueInput, QueueOutput } from '../models/queue.ts';
import { NONE } from './chains.ts';

type QueueOperation = Operation<QueueInput, QueueOutput>;

/** The two operations of one value. */
interface Passage {
  readonly enqueue: number;
  readonly enqueueCall: number;
  readonly enqueueReturn: number;
  dequeue: number;
  dequeueCall: number;
  dequeueReturn: number;
}

/**
 * Decides a queue into which each value goes at most once, by the violations that alone can occur (Henzinger, Sezgin &
 * Vafeiadis 2013, "Aspect-oriented linearizability proofs", theorem 1): a value that comes out without going in, or
 * twice, or before it went in; two values that come out in the opposite order; an answer "empty" all through which
 * some value must have been in the queue. A pending dequeue might have taken any value, so it is taken as absent, and
 * a violation then found is left to the search.
 */
export function decideQueue(operations: readonly QueueOperation[]): Decision | undefined {
  const passages = new Map<Scalar, Passage>();
  const dequeues: number[] = [];
  let isUncertain = false;
  for (let index = 0; index < operations.length; index += 1) {
    const operation = operations[index];
    if (operation === undefined) continue;
    const { input, ret, output } = operation;
    if (input.op === 'enqueue') {
      if (passages.has(input.value)) return undefined;
      passages.set(input.value, passageOf(index, operation));
    } else if (ret === undefined) {
      isUncertain = true;
    } else if (output === undefined) {
      return undefined;
    } else {
      dequeues.push(index);
    }
  }
  const suspects = violation(passages, dequeues, operations);
  if (suspects === undefined) return { linearizable: true };
  return isUncertain ? undefined : { linearizable: false, suspects };
}

function passageOf(index: number, operation: QueueOperation): Passage {
  return {
    enqueue: index,
    enqueueCall: operation.call,
    enqueueReturn: returnOf(operation),
    dequeue: NONE,
    dequeueCall: Number.POSITIVE_INFINITY,
    dequeueReturn: Number.POSITIVE_INFINITY,
  };
}

function violation(
  passages: ReadonlyMap<Scalar, Passage>,
  dequeues: readonly number[],
  operations: readonly QueueOperation[],
): number[] | undefined {
  const empty: number[] = [];
  for (const index of dequeues) {
    const operation = operations[index];
    const output = operation?.output;
    if (operation === undefined || typeof output !== 'object') {
      empty.push(index);
      continue;
    }
    const passage = passages.get(output.value);
    if (passage === undefined) return [index];
    if (passage.dequeue !== NONE) return [passage.dequeue, index];
    if (returnOf(operation) < passage.enqueueCall) return [passage.enqueue, index];
    passage.dequeue = index;
    passage.dequeueCall = operation.call;
    passage.dequeueReturn = returnOf(operation);
  }
  // A pending enqueue of a value that nobody took need not have happened.
  const present = [...passages.values()].filter(
    ({ dequeue, enqueueReturn }) => dequeue !== NONE || enqueueReturn < Number.POSITIVE_INFINITY,
  );
  return overtaking(present) ?? falseEmpty(present, empty, operations);
}

/** Two values of which the second went in after the first and came out before it. */
function overtaking(present: readonly Passage[]): number[] | undefined {
  const byReturn = present.toSorted((a, b) => compare(a.enqueueReturn, b.enqueueReturn));
  let slowest: Passage | undefined;
  let next = 0;
  for (const second of present.toSorted((a, b) => a.enqueueCall - b.enqueueCall)) {
    for (; next < byReturn.length; next += 1) {
      const first = byReturn[next];
      if (first === undefined || first.enqueueReturn >= second.enqueueCall) break;
      if (slowest === undefined || first.dequeueCall > slowest.dequeueCall) slowest = first;
    }
    if (slowest !== undefined && second.dequeueReturn < slowest.dequeueCall)
      return [slowest.enqueue, slowest.dequeue, second.enqueue, second.dequeue].filter(
        (index) => index !== NONE,
      );
  }
  return undefined;
}

/** An answer "empty" given while, at each moment, some value was in the queue for certain. */
function falseEmpty(
  present: readonly Passage[],
  empty: readonly number[],
  operations: readonly QueueOperation[],
): number[] | undefined {
  const stays = present
    .filter(({ enqueueReturn, dequeueCall }) => enqueueReturn < dequeueCall)
    .toSorted((a, b) => compare(a.enqueueReturn, b.enqueueReturn));
  const stretches: { readonly begin: number; end: number }[] = [];
  for (const { enqueueReturn, dequeueCall } of stays) {
    const last = stretches.at(-1);
    if (last !== undefined && enqueueReturn < last.end) last.end = Math.max(last.end, dequeueCall);
    else stretches.push({ begin: enqueueReturn, end: dequeueCall });
  }
  for (const index of empty) {
    const operation = operations[index];
    if (operation === undefined) continue;
    const stretch = stretches.findLast(({ begin }) => begin < operation.call);
    if (stretch !== undefined && stretch.end > returnOf(operation)) {
      const inside = stays.filter(
        ({ enqueueReturn, dequeueCall }) =>
          enqueueReturn < returnOf(operation) && dequeueCall > operation.call,
      );
      return [
        index,
        ...inside.flatMap(({ enqueue, dequeue }) => (dequeue === NONE ? enqueue : [enqueue, dequeue])),
      ];
    }
  }
  return undefined;
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

import { decideQueue } from '../fast/queue.ts';
import type { Model } from '../model.ts';
import {
  isScalar,
  show,
  unknownOperation,
  type Decoded,
  type Format,
  type RecordedOperation,
  type Scalar,
} from './format.ts';

/** An operation on a queue. */
export type QueueInput =
  | { readonly op: 'enqueue'; readonly key: string; readonly value: Scalar }
  | { readonly op: 'dequeue'; readonly key: string };

/** What a dequeue took; `empty` when there was nothing to take. */
export type QueueOutput = { readonly value: Scalar } | 'empty';

function step(
  state: readonly Scalar[],
  input: QueueInput,
  output: QueueOutput | undefined,
): readonly Scalar[] | undefined {
  if (input.op === 'enqueue') return [...state, input.value];
  if (output === undefined) return state.slice(1);
  if (output === 'empty') return state.length === 0 ? state : undefined;
  return state.length > 0 && state[0] === output.value ? state.slice(1) : undefined;
}

/** First-in-first-out queues. `dequeue` never waits: an empty queue is an answer. */
export const queue: Model<readonly Scalar[], QueueInput, QueueOutput> = {
  name: 'queue',
  initial: [],
  step,
  partition: (input) => input.key,
  observes: (input, output) => input.op === 'dequeue' && output === 'empty',
  decide: decideQueue,
  describe(input, output) {
    const name = input.key === '' ? '' : `${input.key}, `;
    if (input.op === 'enqueue') return `enqueue(${name}${show(input.value)})`;
    const result = typeof output === 'object' ? show(output.value) : output;
    return `dequeue(${input.key})${result === undefined ? '' : ` = ${result}`}`;
  },
};

function decode({ key, op, arg, out, returned }: RecordedOperation): Decoded<QueueInput, QueueOutput> {
  switch (op) {
    case 'enqueue':
      if (!isScalar(arg) || arg === null) return '`arg` of an enqueue must be a string, number or boolean';
      return { input: { op, key, value: arg }, output: undefined };
    case 'dequeue':
      if (!returned) return { input: { op, key }, output: undefined };
      if (out === undefined || out === null) return { input: { op, key }, output: 'empty' };
      return isScalar(out)
        ? { input: { op, key }, output: { value: out } }
        : '`out` of a dequeue must be a string, number or boolean, or null for an empty queue';
    default:
      return unknownOperation(op, ['enqueue', 'dequeue']);
  }
}

/** {@link queue} in files. */
export const queueFormat: Format<readonly Scalar[], QueueInput, QueueOutput> = { model: queue, decode };

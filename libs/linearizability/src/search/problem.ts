import { returnOf, type Model, type Operation } from '../model.ts';
import { plainText } from './plain-text.ts';
import { States } from './states.ts';

/** The outcome of searching one partition; indexes are those of the partition's operations. */
export type SearchResult =
  /** `order`: the operations in the order of their linearization points. */
  | { readonly kind: 'linearizable'; readonly order?: readonly number[] }
  /** `failing`: the operation whose response no configuration survives. Everything before it can be explained. */
  | { readonly kind: 'violated'; readonly failing: number }
  | { readonly kind: 'unknown'; readonly reached: 'steps' | 'configurations' | 'time' };

/**
 * One partition, laid out for the search in numbers alone.
 *
 * A configuration of Wing & Gong's search is the set of linearized operations and a state. Let `first` be the
 * unlinearized operation that returns earliest. Everything that returned before it is linearized, and whatever else
 * is linearized was called before it returns and returns later, so it is open at that moment. A configuration is
 * therefore `first`, a set of *open* operations, and a state: its size depends on how many operations overlap and not
 * on how many there are. Each operation has a slot, one bit, that no other operation open at the same time has.
 */
export interface Problem {
  /** How many operations there are; pending observers, which explain nothing, are not among them. */
  readonly size: number;
  /** The index of each in the partition. */
  readonly original: Int32Array;
  readonly call: Float64Array;
  readonly ret: Float64Array;
  /** Completed operations in the order of their returns. */
  readonly byReturn: Int32Array;
  /** The place of each completed operation in `byReturn`; beyond all places for pending ones. */
  readonly rank: Int32Array;
  /** All completed operations in the order of their calls. */
  readonly byCall: Int32Array;
  /** Pending operations in the order of their calls. */
  readonly pending: Int32Array;
  /**
   * Of the operations with the same input and output, the one that returns last before this one, or -1. Of two such
   * that are open, whatever the later one is used for, the earlier one would do: exchanged, both still fit.
   */
  readonly twin: Int32Array;
  /** The bit of each operation: first those of completed operations, in words of their own, then pending ones. */
  readonly slot: Int32Array;
  readonly completedWords: number;
  readonly words: number;
  readonly observes: Uint8Array;
  /**
   * How many further operations may take effect at any time, as often as one likes. `step` knows them by the numbers
   * from `size` on. Only the breadth-first search heeds them.
   */
  readonly free: number;
  /** The state after an operation, or -1 where it is refused. */
  readonly step: (state: number, operation: number) => number;
}

/** Lays a partition out for the search, with the inputs of operations that may take effect as often as one likes. */
export function layOut<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  free: readonly Input[] = [],
): Problem {
  const kept = [...operations.keys()].filter((index) => isRelevant(model, operations[index]));
  const call = Float64Array.from(kept, (index) => operations[index]?.call ?? 0);
  const ret = Float64Array.from(kept, (index) => endOf(operations[index]));
  const all = [...kept.keys()];
  const byCall = all.toSorted((a, b) => at(call, a) - at(call, b) || at(ret, a) - at(ret, b) || a - b);
  const completed = byCall.filter((index) => at(ret, index) < Number.POSITIVE_INFINITY);
  const byReturn = completed.toSorted((a, b) => at(ret, a) - at(ret, b) || a - b);
  const rank = new Int32Array(kept.length).fill(completed.length);
  for (const [place, index] of byReturn.entries()) rank[index] = place;
  const pending = byCall.filter((index) => at(ret, index) === Number.POSITIVE_INFINITY);
  const { slot, used } = assignSlots(completed, byReturn, call, ret);
  const completedWords = Math.ceil(used / 32);
  for (const [place, index] of pending.entries()) slot[index] = completedWords * 32 + place;
  const states = new States(model);
  const chosen = kept.map((index) => operations[index]);
  return {
    size: kept.length,
    original: Int32Array.from(kept),
    call,
    ret,
    byReturn: Int32Array.from(byReturn),
    rank,
    byCall: Int32Array.from(completed),
    pending: Int32Array.from(pending),
    twin: twinsOf([...byReturn, ...pending], chosen),
    slot,
    completedWords,
    words: completedWords + Math.ceil(pending.length / 32),
    observes: Uint8Array.from(chosen, (operation) => (isObserver(model, operation) ? 1 : 0)),
    free: free.length,
    step: stepper(model, states, [...chosen, ...free.map((input) => ({ client: '', call: 0, input }))]),
  };
}

function stepper<State, Input, Output>(
  model: Model<State, Input, Output>,
  states: States<State>,
  operations: readonly (Operation<Input, Output> | undefined)[],
): (state: number, operation: number) => number {
  return (state, index) => {
    const operation = operations[index];
    if (operation === undefined) return -1;
    const output = operation.ret === undefined ? undefined : operation.output;
    const next = model.step(states.valueOf(state), operation.input, output);
    return next === undefined ? -1 : states.idOf(next);
  };
}

function isObserver<Input, Output>(
  model: Pick<Model<never, Input, Output>, 'observes'>,
  operation: Operation<Input, Output> | undefined,
): boolean {
  if (operation === undefined || model.observes === undefined) return false;
  return model.observes(operation.input, operation.ret === undefined ? undefined : operation.output);
}

function isRelevant<Input, Output>(
  model: Pick<Model<never, Input, Output>, 'observes'>,
  operation: Operation<Input, Output> | undefined,
): boolean {
  return operation !== undefined && (operation.ret !== undefined || !isObserver(model, operation));
}

function endOf(operation: Operation<unknown, unknown> | undefined): number {
  return operation === undefined ? Number.POSITIVE_INFINITY : returnOf(operation);
}

function at(numbers: ArrayLike<number>, index: number): number {
  return numbers[index] ?? 0;
}

function twinsOf<Input, Output>(
  order: readonly number[],
  operations: readonly (Operation<Input, Output> | undefined)[],
): Int32Array {
  const latest = new Map<string, number>();
  const twin = new Int32Array(operations.length).fill(-1);
  for (const index of order) {
    const operation = operations[index];
    const output = operation?.ret === undefined ? undefined : operation.output;
    const text = plainText([operation?.input, output]);
    if (text === undefined) continue;
    twin[index] = latest.get(text) ?? -1;
    latest.set(text, index);
  }
  return twin;
}

/**
 * Gives each operation a bit of its own among those that are open together: like registers to live ranges. At the
 * return of an operation all that were called by then hold their slots, and then its own becomes free.
 */
function assignSlots(
  byCall: readonly number[],
  byReturn: readonly number[],
  call: Float64Array,
  ret: Float64Array,
): { slot: Int32Array; used: number } {
  const slot = new Int32Array(call.length);
  const free: number[] = [];
  let used = 0;
  let next = 0;
  const open = (until: number): void => {
    while (next < byCall.length && at(call, byCall[next] ?? 0) <= until) {
      slot[byCall[next] ?? 0] = free.pop() ?? used++;
      next += 1;
    }
  };
  for (const index of byReturn) {
    open(at(ret, index));
    free.push(at(slot, index));
  }
  return { slot, used };
}

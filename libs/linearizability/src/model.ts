/**
 * One operation of a history: what a client asked, what it was told, and when. The interval from `call` to `ret` is
 * closed: of two operations, one that returns at the very moment at which the other is called may still take effect
 * after it. Both are numbers in any unit with any origin; only their order matters.
 */
export interface Operation<Input, Output> {
  /** Who asked. Only people read it: the order in time alone says what may come before what. */
  readonly client: number | string;
  /** The moment of the invocation. */
  readonly call: number;
  /** The moment of the response. Absent for a pending operation, which may take effect at any later time, or never. */
  readonly ret?: number | undefined;
  readonly input: Input;
  /** The response; `undefined` when it is not known, and then the model accepts whatever it would have been. */
  readonly output?: Output | undefined;
}

/**
 * What a decision procedure found. `order` lists the indexes of the operations in an order that explains the history;
 * pending operations that never took effect are left out, and a procedure may not know it. `suspects` are the
 * operations that contradict each other, an empty list when the procedure cannot say.
 */
export type Decision =
  | { readonly linearizable: true; readonly order?: () => number[] }
  | { readonly linearizable: false; readonly suspects: readonly number[] };

/**
 * A sequential object, as a plain record: its initial state, and which responses an operation may give in a state.
 * States are values: `step` returns a new one and leaves the old one alone.
 */
export interface Model<State, Input, Output> {
  readonly name: string;
  readonly initial: State;
  /**
   * The state after the operation, or `undefined` if the object could not have given this output in this state. An
   * output of `undefined` is an unknown outcome and is never refused for what the output would be.
   */
  readonly step: (state: State, input: Input, output: Output | undefined) => State | undefined;
  /**
   * Operations of different partitions never influence each other, so each partition is judged alone (Horn & Kroening
   * 2015, "Faster linearizability checking via P-compositionality"). An operation may touch several: those are then
   * one. Without it, all share one object.
   */
  readonly partition?: (input: Input) => string | readonly string[];
  /**
   * What makes two states the same: equal keys, equal states. Without it, states are compared as plain data, and a
   * state that is not plain data, such as a Map, is refused.
   */
  readonly key?: (state: State) => string | number;
  /**
   * Whether the operation, with this response, leaves every state that accepts it as it was: a read, a failed
   * compare-and-set. The search linearizes such an operation at the first state that accepts it and never has to
   * reconsider. Leaving the method out costs time, never a verdict.
   */
  readonly observes?: (input: Input, output: Output | undefined) => boolean;
  /**
   * Decides one partition without search, or returns `undefined` when its precondition does not hold and the general
   * search has to decide. With `steps`, a procedure that is a search itself gives up after so many.
   */
  readonly decide?: (operations: readonly Operation<Input, Output>[], steps?: number) => Decision | undefined;
  /** For an object that counts the writes of each of its keys. Only an explanation asks. */
  readonly versions?: (input: Input, output: Output | undefined) => Versions;
  /** The operation for a reader, as in `get(x) = "a"`. Without it, input and output are shown as JSON. */
  readonly describe?: (input: Input, output: Output | undefined) => string;
}

/** What an operation has to do with the versions of keys, where each write makes the next one. */
export interface Versions {
  /** The keys that it writes, each once; none if it was refused, because its conditions did not hold. */
  readonly writes: readonly string[];
  /** The versions that its response names: read, or made. */
  readonly seen: readonly (readonly [key: string, version: number])[];
}

/** A model whose types do not matter to the code at hand, as in a table of all models. */
export type SomeModel = Model<unknown, unknown, unknown>;

/** When a pending operation is taken to return. */
export function returnOf(operation: Operation<unknown, unknown>): number {
  return operation.ret ?? Number.POSITIVE_INFINITY;
}

/** The operation as a model describes it, or its input and output as JSON. */
export function describeOperation<Input, Output>(
  model: Pick<Model<never, Input, Output>, 'describe'>,
  operation: Operation<Input, Output>,
): string {
  const output = operation.ret === undefined ? undefined : operation.output;
  if (model.describe) return model.describe(operation.input, output);
  const result = output === undefined ? '' : ` = ${JSON.stringify(output)}`;
  return `${JSON.stringify(operation.input)}${result}`;
}

/** Whether an operation, with what is known of its response, leaves the state as it was. */
export function isObserver<Input, Output>(
  model: Pick<Model<never, Input, Output>, 'observes'>,
  { input, ret, output }: Operation<Input, Output>,
): boolean {
  return model.observes?.(input, ret === undefined ? undefined : output) === true;
}

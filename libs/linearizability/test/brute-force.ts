import type { Model, Operation } from '../src/index.ts';

/**
 * The definition of linearizability, tried out: every order of the completed operations and of every subset of the
 * pending ones that respects the order in time, run through the model. No partitions, no memory, no shortcuts.
 */
export function isLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): boolean {
  return canFinish(model, [...history], model.initial);
}

function canFinish<State, Input, Output>(
  model: Model<State, Input, Output>,
  left: readonly Operation<Input, Output>[],
  state: State,
): boolean {
  if (left.every((operation) => operation.ret === undefined)) return true;
  return left.some((operation, index) => {
    const mustWait = left.some((other) => other.ret !== undefined && other.ret < operation.call);
    if (mustWait) return false;
    const output = operation.ret === undefined ? undefined : operation.output;
    const next = model.step(state, operation.input, output);
    return next !== undefined && canFinish(model, left.toSpliced(index, 1), next);
  });
}

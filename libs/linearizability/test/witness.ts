import type { Model, Operation } from '../src/index.ts';

/** Why an order does not explain a history, or `undefined` if it does. */
export function flawOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  order: readonly number[],
): string | undefined {
  const missing = history.findIndex(({ ret }, index) => ret !== undefined && !order.includes(index));
  if (missing >= 0) return `operation ${missing} has returned and is missing`;
  if (new Set(order).size !== order.length) return 'an operation occurs twice';
  let state = model.initial;
  let latestCall = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    const operation = history[index];
    if (operation === undefined) return `there is no operation ${index}`;
    if (operation.ret !== undefined && operation.ret < latestCall)
      return `operation ${index} comes after one that was called after it had returned`;
    latestCall = Math.max(latestCall, operation.call);
    const output = operation.ret === undefined ? undefined : operation.output;
    const next = model.step(state, operation.input, output);
    if (next === undefined) return `the model refuses operation ${index}`;
    state = next;
  }
  return undefined;
}

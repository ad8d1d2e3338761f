import { describeOperation, returnOf, type Model, type Operation } from '../model.ts';

/** How many operations a sentence can name before nobody reads it. */
const MAX_NAMED = 8;

/** Says in words why a minimal contradiction is one. */
export function sentenceFor<Input, Output>(
  model: Pick<Model<never, Input, Output>, 'describe' | 'observes'>,
  core: readonly Operation<Input, Output>[],
): string {
  const name = (operation: Operation<Input, Output>): string =>
    `${describeOperation(model, operation)} by client ${operation.client}`;
  const culprit = culpritOf(model, core);
  if (culprit === undefined) return 'No operation is to blame.';
  if (core.length === 1)
    return `${name(culprit)}: no operations of this history, at whatever time and in whatever order, lead to that.`;
  const facts = factsOf(core, culprit, name);
  const shown = facts.slice(0, MAX_NAMED);
  if (facts.length > MAX_NAMED) shown.push(`${facts.length - MAX_NAMED} more operations are involved`);
  const last = shown.pop() ?? '';
  const list = shown.length === 0 ? last : `${shown.join(', ')}, and ${last}`;
  return `${name(culprit)}, but ${list}; no other operation can make up for that.`;
}

/** The operation that a reader would call wrong: the last to return among those that tell what they saw. */
function culpritOf<Input, Output>(
  model: Pick<Model<never, Input, Output>, 'observes'>,
  core: readonly Operation<Input, Output>[],
): Operation<Input, Output> | undefined {
  const completed = core.filter((operation) => operation.ret !== undefined);
  const telling = completed.filter(({ input, output }) => model.observes?.(input, output) === true);
  const candidates = [telling, completed, core].find((list) => list.length > 0) ?? [];
  return candidates.toSorted((a, b) => returnOf(a) - returnOf(b)).at(-1);
}

/** How the others of the contradiction lie in time, nearest to the culprit first. */
function factsOf<Input, Output>(
  core: readonly Operation<Input, Output>[],
  culprit: Operation<Input, Output>,
  name: (operation: Operation<Input, Output>) => string,
): string[] {
  const others = core.filter((operation) => operation !== culprit);
  return others
    .toSorted((a, b) => compare(returnOf(b), returnOf(a)))
    .map((operation) => {
      if (returnOf(operation) < culprit.call) {
        const next = others.find(
          (other) => returnOf(operation) < other.call && returnOf(other) < culprit.call,
        );
        return next === undefined
          ? `${name(operation)} had returned before it began`
          : `${name(operation)} had returned before ${name(next)} began`;
      }
      if (returnOf(culprit) < operation.call) return `${name(operation)} began only after it had returned`;
      return operation.ret === undefined
        ? `${name(operation)} never returned`
        : `${name(operation)} ran at the same time`;
    });
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

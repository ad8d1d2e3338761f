import { isObserver, returnOf, type Model, type Operation } from '../model.ts';
import { Names, type Clock } from './names.ts';
import type { BreakingPoint } from './prefix.ts';

/** How many operations a sentence can name before nobody reads it. */
const MAX_NAMED = 8;
/** And how many, of those that ran at the same time, one that names them only as what is around. */
const MAX_AROUND = 3;

type Describing<Input, Output> = Pick<Model<never, Input, Output>, 'describe' | 'observes' | 'partition'>;

/** Says in words why a minimal contradiction is one. */
export function sentenceFor<Input, Output>(
  model: Describing<Input, Output>,
  core: readonly Operation<Input, Output>[],
  msAt?: Clock,
): string {
  const names = new Names(model, msAt);
  const culprit = culpritOf(model, core);
  if (culprit === undefined) return 'No operation is to blame.';
  if (core.length === 1)
    return `${names.of(culprit)}: no operations of this history, at whatever time and in whatever order, lead to that.`;
  const subject = names.of(culprit);
  const shown = factsOf(core, culprit, names);
  const hidden = core.length - 1 - shown.length;
  if (hidden > 0) shown.push(`${hidden} more operations are involved`);
  const last = shown.pop() ?? '';
  const list = shown.length === 0 ? last : `${shown.join(', ')}, and ${last}`;
  return `${subject}, but ${list}; no other operation can make up for that.${names.whereToLook()}`;
}

/**
 * Says how far a partition can be explained, which operation ends it, and what was going on around it: where there is
 * no minimal contradiction, what a reader would look at first.
 */
export function prefixSentence<Input, Output>(
  model: Describing<Input, Output>,
  operations: readonly Operation<Input, Output>[],
  { failing, isEarliest }: BreakingPoint,
  msAt?: Clock,
): string {
  const end = operations[failing];
  if (end === undefined) return 'No operation is to blame.';
  const before = operations.filter((operation) => returnOf(operation) < returnOf(end)).length;
  const start = isEarliest ? `the first ${before} to return can be put in order, but ` : '';
  const doubt = isEarliest ? '' : ', if not before';
  const names = new Names(model, msAt);
  const subject = names.of(end);
  const around = changesAround(model, operations, end, names);
  return `${start}no order is left when ${subject} returns${doubt}.${around}${names.whereToLook()}`;
}

/** The latest change that had returned before the operation began, and those that ran at the same time. */
function changesAround<Input, Output>(
  model: Describing<Input, Output>,
  operations: readonly Operation<Input, Output>[],
  end: Operation<Input, Output>,
  names: Names<Input, Output>,
): string {
  const namesOf = ({ input }: Operation<Input, Output>): readonly string[] =>
    [model.partition?.(input) ?? ''].flat();
  const own = new Set(namesOf(end));
  const changes = operations.filter(
    (one) => one !== end && namesOf(one).some((name) => own.has(name)) && !isObserver(model, one),
  );
  const [latest] = changes
    .filter((one) => returnOf(one) < end.call)
    .toSorted((a, b) => returnOf(b) - returnOf(a));
  const open = changes.filter((one) => one.call <= returnOf(end) && returnOf(one) >= end.call);
  const before =
    latest === undefined ? '' : ` The last change to return before it began was ${names.of(latest)}.`;
  const shown = open.slice(0, MAX_AROUND).map((one) => names.of(one));
  if (open.length > shown.length) shown.push(`${open.length - shown.length} more`);
  return open.length === 0 ? before : `${before} Changes under way while it ran: ${shown.join(', ')}.`;
}

/** The operation that a reader would call wrong: the last to return among those that tell what they saw. */
function culpritOf<Input, Output>(
  model: Describing<Input, Output>,
  core: readonly Operation<Input, Output>[],
): Operation<Input, Output> | undefined {
  const completed = core.filter((operation) => operation.ret !== undefined);
  const telling = completed.filter((operation) => isObserver(model, operation));
  const candidates = [telling, completed, core].find((list) => list.length > 0) ?? [];
  return candidates.toSorted((a, b) => returnOf(a) - returnOf(b)).at(-1);
}

/** How the others of the contradiction lie in time, nearest to the culprit first, as many as one can read. */
function factsOf<Input, Output>(
  core: readonly Operation<Input, Output>[],
  culprit: Operation<Input, Output>,
  names: Names<Input, Output>,
): string[] {
  const others = core.filter((operation) => operation !== culprit);
  return others
    .toSorted((a, b) => compare(returnOf(b), returnOf(a)))
    .slice(0, MAX_NAMED)
    .map((operation) => {
      if (returnOf(operation) < culprit.call) {
        const next = others.find(
          (other) => returnOf(operation) < other.call && returnOf(other) < culprit.call,
        );
        return next === undefined
          ? `${names.of(operation)} had returned before it began`
          : `${names.of(operation)} had returned before ${names.of(next)} began`;
      }
      if (returnOf(culprit) < operation.call)
        return `${names.of(operation)} began only after it had returned`;
      return operation.ret === undefined
        ? `${names.of(operation)} never returned`
        : `${names.of(operation)} ran at the same time`;
    });
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

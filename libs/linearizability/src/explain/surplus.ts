import type { Model, Operation } from '../model.ts';
import type { ExplainOptions } from './broken.ts';
import { Names } from './names.ts';
import { returnOrder } from './prefix.ts';

/** How many of the writes a sentence names. */
const MAX_NAMED = 3;

/** An operation that came upon more versions of a key than there can have been. */
interface Surplus<Input, Output> {
  readonly key: string;
  readonly version: number;
  readonly witness: Operation<Input, Output>;
  /** The writes of the key that had been called before the witness returned, in this order; none that was refused. */
  readonly writes: readonly Operation<Input, Output>[];
  readonly hasRefused: boolean;
}

/**
 * Where each write makes one version and a key came to a version before so many writes of it had been called, one took
 * effect twice. That is a violation, and easier to understand than operations that contradict each other. Says so in
 * words; `undefined` if the violation, if there is one, is another.
 */
export function findSurplus<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: Pick<ExplainOptions, 'msAt'> = {},
): string | undefined {
  const surplus = firstSurplus(model, operations);
  if (surplus === undefined) return undefined;
  const { key, version, witness, writes, hasRefused } = surplus;
  const names = new Names(model, options.msAt);
  const what = `${key} came to version ${version}, as ${names.of(witness)} shows`;
  const latest = writes.slice(-MAX_NAMED).map((write) => names.of(write));
  const last = latest.pop() ?? '';
  const list = latest.length === 0 ? last : `${latest.join(', ')}, and ${last}`;
  const isOne = writes.length === 1;
  const count = isOne ? '1 write' : `${writes.length} writes`;
  const called = `had been called by then${hasRefused ? ' and not been refused' : ''}`;
  const times = version === writes.length + 1 ? 'twice' : 'more than once';
  const doubt = hasRefused ? ', or a refused one took effect after all' : '';
  const heading = writes.length > MAX_NAMED ? `The last ${MAX_NAMED} of them are` : 'The writes are';
  return (
    `${what}, but only ${count} of it ${called}: ${isOne ? 'it' : 'one of them'} took effect ${times}${doubt}. ` +
    `${isOne ? 'The write is' : heading} ${list}.${names.whereToLook()}`
  );
}

/** The surplus that an operation saw first. */
function firstSurplus<State, Input, Output>(
  { versions }: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): Surplus<Input, Output> | undefined {
  if (versions === undefined) return undefined;
  const calls = operations.toSorted((a, b) => a.call - b.call);
  const writesOf = new Map<string, Operation<Input, Output>[]>();
  const refused = new Set<string>();
  let called = 0;
  for (const index of returnOrder(operations)) {
    const witness = operations[index];
    if (witness?.ret === undefined) continue;
    for (let next = calls[called]; next !== undefined && next.call <= witness.ret; next = calls[++called]) {
      const { writes } = versions(next.input, next.ret === undefined ? undefined : next.output);
      for (const key of writes) addTo(writesOf, key, next);
      if (writes.length > 0) continue;
      for (const key of versions(next.input, undefined).writes) refused.add(key);
    }
    for (const [key, version] of versions(witness.input, witness.output).seen) {
      const writes = writesOf.get(key) ?? [];
      // Without any write nothing took effect twice: the version is from nowhere.
      if (writes.length > 0 && version > writes.length) {
        return { key, version, witness, writes, hasRefused: refused.has(key) };
      }
    }
  }
  return undefined;
}

function addTo<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

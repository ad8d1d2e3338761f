import type { Model, Operation } from './model.ts';

/** A history that no model can judge, because its times are not those of operations. */
export class InvalidHistory extends Error {
  override readonly name = 'InvalidHistory';
  /** The index of the offending operation. */
  readonly index: number;

  constructor(index: number, reason: string) {
    super(`Operation ${index}: ${reason}`);
    this.index = index;
  }
}

/** What is wrong with an operation's times, if anything is. */
export function timeComplaint(call: unknown, ret: unknown): string | undefined {
  if (typeof call !== 'number' || !Number.isFinite(call)) return '`call` must be a finite number';
  if (ret === undefined || ret === null) return undefined;
  if (typeof ret !== 'number' || !Number.isFinite(ret))
    return '`ret` must be a finite number, null or absent';
  return ret < call ? '`ret` lies before `call`' : undefined;
}

/** The operations that share an object, with their indexes in the whole history. */
export interface Partition<Input, Output> {
  readonly name: string;
  readonly operations: Operation<Input, Output>[];
  readonly indexes: number[];
}

/** Divides a history into the parts that its model judges alone, in the order of their first operations. */
export function partitionsOf<Input, Output>(
  model: Pick<Model<never, Input, Output>, 'partition'>,
  history: readonly Operation<Input, Output>[],
): Partition<Input, Output>[] {
  const touched = history.map(({ input }) => model.partition?.(input) ?? '');
  const groups = joined(touched.filter((names) => typeof names !== 'string'));
  const partitions = new Map<string, Partition<Input, Output>>();
  for (const [index, operation] of history.entries()) {
    const complaint = timeComplaint(operation.call, operation.ret);
    if (complaint !== undefined) throw new InvalidHistory(index, complaint);
    const names = touched[index] ?? '';
    const first = typeof names === 'string' ? names : (names[0] ?? '');
    const name = groups.get(first) ?? first;
    let partition = partitions.get(name);
    if (partition === undefined) {
      partition = { name, operations: [], indexes: [] };
      partitions.set(name, partition);
    }
    partition.operations.push(operation);
    partition.indexes.push(index);
  }
  return [...partitions.values()];
}

/** The name of the part that each name belongs to, when those that stand in one list belong together. */
function joined(lists: readonly (readonly string[])[]): ReadonlyMap<string, string> {
  const groups = new Map<string, string[]>();
  for (const list of lists) {
    const first = groups.get(list[0] ?? '') ?? [];
    // A list's first name begins its group unless it is in one.
    for (const name of list) {
      const other = groups.get(name) ?? [name];
      if (other === first) continue;
      first.push(...other);
      for (const member of other) groups.set(member, first);
    }
  }
  const titles = new Map<string[], string>();
  return new Map(
    [...groups].map(([name, members]) => {
      const title = titles.get(members) ?? members.join(', ');
      titles.set(members, title);
      return [name, title];
    }),
  );
}

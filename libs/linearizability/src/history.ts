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
  const partitions = new Map<string, Partition<Input, Output>>();
  for (let index = 0; index < history.length; index += 1) {
    const operation = history[index];
    if (operation === undefined) continue;
    const complaint = timeComplaint(operation.call, operation.ret);
    if (complaint !== undefined) throw new InvalidHistory(index, complaint);
    const name = model.partition?.(operation.input) ?? '';
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

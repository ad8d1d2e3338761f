import { returnOf, type Operation } from '../model.ts';

/** In place of an operation: there is none. */
export const NONE = -1;
/** In place of an operation: it could be one of several. */
export const AMBIGUOUS = -2;

/**
 * What a history says about the order of its writes when each value tells which write made it.
 *
 * A state is named by the write that made it; the initial one by an additional write, `initial`, from before all time.
 * An append, or a compare-and-set, follows directly on the write whose state it changed: so writes form chains, each
 * of which begins with a write that does not depend on the state. A write that nobody observed is a chain of its own,
 * for whatever follows it must be another write that hides it.
 */
export class Chains {
  readonly size: number;
  readonly initial: number;
  readonly call: number[];
  readonly ret: number[];
  /** The write that follows directly on each, and the one before it. */
  readonly next: number[];
  readonly previous: number[];
  /** An operation that shows that a write follows on its predecessor. */
  readonly shownBy: number[];
  /** The write whose state each reader saw. */
  readonly seen: number[];
  readonly isWrite: number[];
  /** Of the readers of each state: the earliest return and the latest call, and whose they are. */
  readonly firstReturn: number[];
  readonly firstReturnOf: number[];
  readonly lastCall: number[];
  readonly lastCallOf: number[];
  /** Operations that fit everywhere but into one state, or everywhere; the value is that state or NONE. */
  readonly floating = new Map<number, number>();

  constructor(operations: readonly Operation<unknown, unknown>[]) {
    const size = operations.length;
    this.size = size;
    this.initial = size;
    this.call = filled(size + 1, 0);
    this.ret = filled(size + 1, 0);
    for (let index = 0; index < size; index += 1) {
      const operation = operations[index];
      if (operation === undefined) continue;
      this.call[index] = operation.call;
      this.ret[index] = returnOf(operation);
    }
    this.call[size] = Number.NEGATIVE_INFINITY;
    this.ret[size] = Number.NEGATIVE_INFINITY;
    this.next = filled(size + 1, NONE);
    this.previous = filled(size + 1, NONE);
    this.shownBy = filled(size + 1, NONE);
    this.seen = filled(size + 1, NONE);
    this.isWrite = filled(size + 1, 0);
    this.isWrite[size] = 1;
    this.firstReturn = filled(size + 1, Number.POSITIVE_INFINITY);
    this.firstReturnOf = filled(size + 1, NONE);
    this.lastCall = filled(size + 1, Number.NEGATIVE_INFINITY);
    this.lastCallOf = filled(size + 1, NONE);
  }

  /** Notes that a completed operation saw the state that a write had made. */
  see(reader: number, write: number): void {
    this.seen[reader] = write;
    const ret = this.ret[reader] ?? 0;
    const call = this.call[reader] ?? 0;
    if (this.firstReturnOf[write] === NONE || ret < (this.firstReturn[write] ?? 0)) {
      this.firstReturn[write] = ret;
      this.firstReturnOf[write] = reader;
    }
    if (this.lastCallOf[write] === NONE || call > (this.lastCall[write] ?? 0)) {
      this.lastCall[write] = call;
      this.lastCallOf[write] = reader;
    }
  }

  /** Notes that `write` follows directly on `previous`. On a contradiction returns the operations that show it. */
  link(previous: number, write: number, shownBy: number): readonly number[] | undefined {
    const known = this.next[previous] ?? NONE;
    if (known === write) return undefined;
    if (known !== NONE) return [shownBy, this.shownBy[known] ?? NONE].filter((index) => index !== NONE);
    if (this.previous[write] !== NONE)
      return [shownBy, this.shownBy[write] ?? NONE].filter((index) => index !== NONE);
    this.next[previous] = write;
    this.previous[write] = previous;
    this.shownBy[write] = shownBy;
    return undefined;
  }

  /** Whether anybody has shown that the write took effect. A pending write that nobody observed may be absent. */
  isObserved(write: number): boolean {
    return this.firstReturnOf[write] !== NONE || this.next[write] !== NONE || this.previous[write] !== NONE;
  }
}

/** Plain arrays: a store of many small keys makes many of them, and typed ones are dear to make. */
function filled(length: number, value: number): number[] {
  return new Array<number>(length).fill(value);
}

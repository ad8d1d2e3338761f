import { describeOperation, type Model, type Operation } from '../model.ts';

/** Of so many operations a reader sees at once what time they lie in; of more, the sentence says so. */
const MAX_SEEN_AT_ONCE = 2;

/** The time, in ms, of a moment of the history. */
export type Clock = (moment: number) => number;

/** When an operation ran, for a message: `(549.1 to 558.4 ms)`; without an end, it never returned. */
export function showSpan(fromMs: number, toMs: number | undefined): string {
  const from = fromMs.toFixed(1);
  if (toMs === undefined) return `(from ${from} ms, no answer)`;
  const to = toMs.toFixed(1);
  return from === to ? `(at ${to} ms)` : `(${from} to ${to} ms)`;
}

/**
 * Names the operations of one sentence: what was asked and answered, by whom, and, where a clock tells, when. That is
 * said of each once, where it is first named.
 */
export class Names<Input, Output> {
  readonly #model: Pick<Model<never, Input, Output>, 'describe'>;
  readonly #msAt: Clock | undefined;
  readonly #named = new Set<Operation<Input, Output>>();

  constructor(model: Pick<Model<never, Input, Output>, 'describe'>, msAt: Clock | undefined) {
    this.#model = model;
    this.#msAt = msAt;
  }

  /** The operation for a reader. */
  of(operation: Operation<Input, Output>): string {
    const name = `${describeOperation(this.#model, operation)} by client ${operation.client}`;
    if (this.#msAt === undefined || this.#named.has(operation)) return name;
    this.#named.add(operation);
    const { call, ret } = operation;
    return `${name} ${showSpan(this.#msAt(call), ret === undefined ? undefined : this.#msAt(ret))}`;
  }

  /** A last clause: the time that all operations named so far lie in. Empty where it would say nothing new. */
  whereToLook(): string {
    const msAt = this.#msAt;
    if (msAt === undefined || this.#named.size <= MAX_SEEN_AT_ONCE) return '';
    let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { call, ret = call } of this.#named) {
      from = Math.min(from, call);
      to = Math.max(to, ret);
    }
    return ` All of that is from ${msAt(from).toFixed(1)} to ${msAt(to).toFixed(1)} ms.`;
  }
}

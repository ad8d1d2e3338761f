import type { Model } from '../model.ts';
import { plainText } from './plain-text.ts';

/**
 * Numbers the states that a search meets, so that a configuration holds a number in a state's place and equal states
 * have equal numbers.
 */
export class States<State> {
  readonly #keyOf: ((state: State) => string | number) | undefined;
  readonly #byKey = new Map<unknown, number>();
  readonly #byText = new Map<string, number>();
  readonly #values: State[] = [];

  constructor(model: Pick<Model<State, never, never>, 'initial' | 'key'>) {
    this.#keyOf = model.key;
    this.idOf(model.initial);
  }

  /** The initial state's number. */
  static readonly INITIAL = 0;

  /** How many different states there are so far. */
  get count(): number {
    return this.#values.length;
  }

  idOf(state: State): number {
    if (this.#keyOf !== undefined) return this.#number(this.#byKey, this.#keyOf(state), state);
    if (typeof state !== 'object' || state === null) return this.#number(this.#byKey, state, state);
    const text = plainText(state);
    if (text === undefined) throw new TypeError('A state that is not plain data needs a model with a `key`.');
    return this.#number(this.#byText, text, state);
  }

  valueOf(id: number): State {
    return this.#values[id] as State;
  }

  #number<Key>(ids: Map<Key, number>, key: Key, state: State): number {
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, this.#values.length);
    this.#values.push(state);
    return this.#values.length - 1;
  }
}

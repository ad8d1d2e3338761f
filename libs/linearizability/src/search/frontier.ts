import { Configurations } from './configurations.ts';

/** Ends a list of entries. */
const NONE = -1;

/**
 * A set of configurations, each a record of a state, the bits of completed operations and the bits of pending ones.
 * Of two that differ in nothing but their pending operations, one that has used a subset of the other's can do all
 * that the other can, so only minimal ones are kept. That is what keeps operations of unknown outcome from
 * multiplying: most of them help nobody, and the configuration without them covers all that used them in vain.
 */
export class Frontier {
  readonly #groups: Configurations;
  readonly #groupWidth: number;
  readonly #pendingWords: number;
  readonly #key: Int32Array;
  #groupOf: number[] = [];
  #pending: number[] = [];
  #next: number[] = [];
  #newest: number[] = [];
  #isCovered: boolean[] = [];

  /** `completedWords` and `pendingWords`: how many integers hold the bits of either kind. */
  constructor(completedWords: number, pendingWords: number) {
    this.#groupWidth = 1 + completedWords;
    this.#pendingWords = pendingWords;
    this.#groups = new Configurations(this.#groupWidth);
    this.#key = new Int32Array(this.#groupWidth);
  }

  /** How many entries there are, the covered ones included. */
  get count(): number {
    return this.#groupOf.length;
  }

  /** Whether a later entry has made this one superfluous. */
  isCovered(entry: number): boolean {
    return this.#isCovered[entry] ?? false;
  }

  read(entry: number, target: Int32Array): void {
    this.#groups.read(this.#groupOf[entry] ?? 0, target);
    const start = entry * this.#pendingWords;
    for (let word = 0; word < this.#pendingWords; word += 1)
      target[this.#groupWidth + word] = this.#pending[start + word] ?? 0;
  }

  add(record: Int32Array): void {
    for (let column = 0; column < this.#groupWidth; column += 1) this.#key[column] = record[column] ?? 0;
    const added = this.#groups.add(this.#key);
    const group = added < 0 ? ~added : added;
    if (added >= 0) this.#newest[group] = NONE;
    else if (this.#pendingWords === 0 || this.#covers(group, record)) return;
    const entry = this.#groupOf.length;
    this.#groupOf.push(group);
    this.#isCovered.push(false);
    this.#next.push(this.#newest[group] ?? NONE);
    this.#newest[group] = entry;
    for (let word = 0; word < this.#pendingWords; word += 1)
      this.#pending.push(record[this.#groupWidth + word] ?? 0);
  }

  clear(): void {
    this.#groups.clear();
    this.#groupOf = [];
    this.#pending = [];
    this.#next = [];
    this.#newest = [];
    this.#isCovered = [];
  }

  /** Whether an entry of the group covers the record; entries that the record covers are taken out on the way. */
  #covers(group: number, record: Int32Array): boolean {
    let previous = NONE;
    for (let entry = this.#newest[group] ?? NONE; entry !== NONE; entry = this.#next[entry] ?? NONE) {
      const { isSubset, isSuperset } = this.#compare(entry, record);
      if (isSubset) return true;
      if (isSuperset) {
        this.#isCovered[entry] = true;
        const next = this.#next[entry] ?? NONE;
        if (previous === NONE) this.#newest[group] = next;
        else this.#next[previous] = next;
      } else {
        previous = entry;
      }
    }
    return false;
  }

  #compare(entry: number, record: Int32Array): { isSubset: boolean; isSuperset: boolean } {
    let isSubset = true;
    let isSuperset = true;
    for (let word = 0; word < this.#pendingWords; word += 1) {
      const own = this.#pending[entry * this.#pendingWords + word] ?? 0;
      const other = record[this.#groupWidth + word] ?? 0;
      isSubset &&= (own & ~other) === 0;
      isSuperset &&= (other & ~own) === 0;
    }
    return { isSubset, isSuperset };
  }
}

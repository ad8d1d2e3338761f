import { AMBIGUOUS, NONE, type Chains } from './chains.ts';

/** What one value says: the write that made it, or the operations that contradict it. */
export type Decoded = { readonly write: number } | { readonly contradiction: readonly number[] };

/** The longest value seen of those that begin with the same write, and all its writes. */
interface Reign {
  text: string;
  readonly writes: number[];
}

/**
 * Reads strings as sequences of written values: one that was put, or nothing, and then values that were appended.
 * It answers only when there is exactly one way to read a string; otherwise the answer is AMBIGUOUS.
 *
 * The values need not be of the same length, nor end in a mark. Where the values of the history are such that at each
 * place only one of them fits, a string is read from left to right without a second thought; only where several fit
 * are all ways counted.
 */
export class Decoder {
  readonly #chains: Chains;
  readonly #puts = new Map<string, number>();
  readonly #appends = new Map<string, number>();
  #putLengths: number[] = [];
  #appendLengths: number[] = [];
  /** Whether no appended value begins another: then how a string is read does not depend on what follows. */
  #isPrefixFree = false;
  readonly #known = new Map<string, number>();
  readonly #reigns = new Map<number, Reign>();
  /** The writes of the value that is being read. */
  #writes: number[] = [];

  constructor(chains: Chains) {
    this.#chains = chains;
    this.#puts.set('', chains.initial);
  }

  addPut(value: string, write: number): void {
    this.#puts.set(value, this.#puts.has(value) ? AMBIGUOUS : write);
  }

  addAppend(value: string, write: number): void {
    this.#appends.set(value, this.#appends.has(value) ? AMBIGUOUS : write);
  }

  /** Ends the adding of writes. */
  seal(): void {
    this.#putLengths = lengthsOf(this.#puts);
    this.#appendLengths = lengthsOf(this.#appends);
    this.#isPrefixFree = [...this.#appends.keys()].every((value) =>
      this.#appendLengths.every(
        (length) => length >= value.length || !this.#appends.has(value.slice(0, length)),
      ),
    );
  }

  /** Reads a value and links the chain of writes that it shows. `reader` stands as the witness. */
  decode(value: string, reader: number): Decoded {
    const known = this.#known.get(value);
    if (known !== undefined) return { write: known };
    const write = this.#parse(value);
    if (write < 0) return { write };
    const contradiction = this.#link(reader);
    if (contradiction !== undefined) return { contradiction };
    this.#known.set(value, write);
    this.#extendReign(value);
    return { write };
  }

  /** Reads a value without taking it as something that has been seen. */
  peek(value: string): number {
    return this.#known.get(value) ?? this.#parse(value);
  }

  /** The last write of the value; `#writes` holds all of them. */
  #parse(value: string): number {
    const root = this.#match(value, 0, this.#puts, this.#putLengths);
    this.#writes = [];
    // The empty string begins every value, so the initial state is considered only where no put fits.
    const first = this.#firstOf(value, root);
    if (first === AMBIGUOUS) return this.#parseAllWays(value);
    this.#writes.push(first.write);
    let place = this.#skipKnown(value, first.write, first.length);
    while (place < value.length) {
      const length = this.#match(value, place, this.#appends, this.#appendLengths);
      if (length === AMBIGUOUS) return this.#parseAllWays(value);
      if (length === NONE) return NONE;
      const write = this.#appends.get(value.slice(place, place + length)) ?? NONE;
      if (write === AMBIGUOUS) return this.#parseAllWays(value);
      place += length;
      this.#writes.push(write);
    }
    return this.#writes.at(-1) ?? NONE;
  }

  #firstOf(
    value: string,
    putLength: number,
  ): { readonly write: number; readonly length: number } | typeof AMBIGUOUS {
    if (putLength === AMBIGUOUS) return AMBIGUOUS;
    const initial = this.#puts.get('') ?? NONE;
    if (putLength === NONE) return initial === AMBIGUOUS ? AMBIGUOUS : { write: initial, length: 0 };
    const couldAppend = this.#match(value, 0, this.#appends, this.#appendLengths) !== NONE;
    const write = this.#puts.get(value.slice(0, putLength)) ?? NONE;
    return couldAppend || write === AMBIGUOUS ? AMBIGUOUS : { write, length: putLength };
  }

  /** Continues behind the longest value that is known to begin with the same write, if this one extends it. */
  #skipKnown(value: string, root: number, place: number): number {
    const reign = this.#isPrefixFree ? this.#reigns.get(root) : undefined;
    if (reign === undefined || reign.text.length <= place || !value.startsWith(reign.text)) return place;
    this.#writes = [...reign.writes];
    return reign.text.length;
  }

  /** The length of the only written value, longer than nothing, that fits at a place; NONE or AMBIGUOUS. */
  #match(value: string, place: number, written: Map<string, number>, lengths: readonly number[]): number {
    let found = NONE;
    for (const length of lengths) {
      if (length === 0 || place + length > value.length) continue;
      if (!written.has(value.slice(place, place + length))) continue;
      if (found !== NONE) return AMBIGUOUS;
      found = length;
    }
    return found;
  }

  /** Counts the ways to read a value, from its end: there may be none, one, or more, which is all that is asked. */
  #parseAllWays(value: string): number {
    const ways = new Array<number>(value.length + 1).fill(0);
    const step = new Array<number>(value.length + 1).fill(0);
    ways[value.length] = 1;
    for (let place = value.length - 1; place >= 0; place -= 1) {
      for (const length of this.#appendLengths) {
        const rest = length > 0 ? (ways[place + length] ?? 0) : 0;
        if (rest === 0) continue;
        const write = this.#appends.get(value.slice(place, place + length));
        if (write === undefined) continue;
        ways[place] = Math.min(2, (ways[place] ?? 0) + (write === AMBIGUOUS ? 2 : rest));
        step[place] = length;
      }
    }
    const roots = this.#putLengths
      .filter((length) => this.#puts.has(value.slice(0, length)) && value.length >= length)
      .filter((length) => (ways[length] ?? 0) > 0);
    const [root] = roots;
    if (root === undefined) return NONE;
    const put = this.#puts.get(value.slice(0, root)) ?? NONE;
    if (roots.length > 1 || put === AMBIGUOUS || (ways[root] ?? 0) > 1) return AMBIGUOUS;
    this.#writes = [put];
    for (let place = root; place < value.length; ) {
      const length = step[place] ?? 0;
      this.#writes.push(this.#appends.get(value.slice(place, place + length)) ?? NONE);
      place += length;
    }
    return this.#writes.at(-1) ?? NONE;
  }

  #link(reader: number): readonly number[] | undefined {
    const reign = this.#reigns.get(this.#writes[0] ?? NONE);
    // What a longer value has shown before need not be shown again.
    let from = 1;
    while (reign !== undefined && from < this.#writes.length && reign.writes[from] === this.#writes[from])
      from += 1;
    for (let place = from; place < this.#writes.length; place += 1) {
      const contradiction = this.#chains.link(
        this.#writes[place - 1] ?? NONE,
        this.#writes[place] ?? NONE,
        reader,
      );
      if (contradiction !== undefined) return contradiction;
    }
    return undefined;
  }

  #extendReign(text: string): void {
    const root = this.#writes[0] ?? NONE;
    const reign = this.#reigns.get(root);
    if (reign === undefined || reign.text.length < text.length)
      this.#reigns.set(root, { text, writes: this.#writes });
  }
}

function lengthsOf(written: ReadonlyMap<string, number>): number[] {
  return [...new Set([...written.keys()].map((value) => value.length))];
}

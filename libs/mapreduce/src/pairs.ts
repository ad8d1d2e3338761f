import type { Application, Json } from '@lockstep/api';

/** So many values of a key are combined into one as soon as they have come together. */
const COMBINE_AT = 64;

/** Roughly what a key takes in memory besides its characters, and what a number takes. */
const KEY_BYTES = 128;
const NUMBER_BYTES = 8;

/** V8 makes longer substrings views of their parent, which may be a whole block of input. */
const LONGEST_COPY = 12;

/**
 * The pairs that a map task has emitted and not yet written, grouped by key, with an estimate of what they take. With a
 * combiner, a key never holds more than a few values (paper §4.3).
 */
export class PairBuffer {
  readonly #combine: ((key: string, values: readonly Json[]) => Json) | undefined;
  #groups = new Map<string, Json[]>();
  #bytes = 0;

  constructor(app: Application) {
    this.#combine = app.combine === undefined ? undefined : (key, values) => combined(app, key, values);
  }

  /** About how many bytes the pairs take. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** Keeps a pair. Called once for each pair that is emitted, so it has to be quick. */
  add(key: string, value: Json): void {
    const values = this.#groups.get(key);
    if (values === undefined) this.#addKey(key, value);
    else {
      values.push(keep(value));
      this.#bytes += sizeOf(value);
      if (this.#combine !== undefined && values.length >= COMBINE_AT) this.#combineInPlace(key, values);
    }
  }

  #addKey(key: string, value: Json): void {
    if (typeof key !== 'string') throw new TypeError(`a key must be a string, not ${typeof key}`);
    this.#groups.set(ownCopy(key), [keep(value)]);
    this.#bytes += KEY_BYTES + 2 * key.length + sizeOf(value);
  }

  #combineInPlace(key: string, values: Json[]): void {
    const whole = this.#combine?.(key, values) ?? null;
    for (const value of values) this.#bytes -= sizeOf(value);
    this.#bytes += sizeOf(whole);
    values.length = 1;
    values[0] = keep(whole);
  }

  /** Hands over all groups, combined if that is possible, and begins anew. */
  take(): Map<string, Json[]> {
    const groups = this.#groups;
    this.#groups = new Map();
    this.#bytes = 0;
    if (this.#combine === undefined) return groups;
    for (const [key, values] of groups) {
      if (values.length > 1) groups.set(key, [this.#combine(key, values)]);
    }
    return groups;
  }
}

function combined(app: Application, key: string, values: readonly Json[]): Json {
  const whole = app.combine?.(key, values);
  if (whole === undefined) throw new TypeError(`combine gave nothing for "${key.slice(0, 40)}"`);
  return whole;
}

function keep(value: Json): Json {
  return typeof value === 'string' ? ownCopy(value) : value;
}

/** The same string with characters of its own, so that a word does not keep the text alive that it was cut from. */
function ownCopy(text: string): string {
  return text.length <= LONGEST_COPY ? text : ` ${text}`.slice(1);
}

function sizeOf(value: Json): number {
  if (typeof value === 'number') return NUMBER_BYTES;
  if (typeof value === 'string') return 3 * NUMBER_BYTES + 2 * value.length;
  if (typeof value !== 'object' || value === null) return NUMBER_BYTES;
  let bytes = 4 * NUMBER_BYTES;
  for (const item of Object.values(value) as Json[]) bytes += sizeOf(item);
  return bytes;
}

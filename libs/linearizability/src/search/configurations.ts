const INITIAL_CAPACITY = 1024;

/**
 * A set of small records of integers, all of the same width, in one typed array with an open-addressing index. It
 * compares whole records, so no collision of hashes can change a verdict.
 */
export class Configurations {
  readonly #width: number;
  #records: Int32Array;
  /** Record numbers plus one; 0 is an empty place. */
  #index: Int32Array;
  #count = 0;

  constructor(width: number) {
    this.#width = width;
    this.#records = new Int32Array(INITIAL_CAPACITY * width);
    this.#index = new Int32Array(INITIAL_CAPACITY * 2);
  }

  get count(): number {
    return this.#count;
  }

  /** One integer of a record. */
  get(record: number, column: number): number {
    return this.#records[record * this.#width + column] ?? 0;
  }

  /** Copies a record into the beginning of `target`. */
  read(record: number, target: Int32Array): void {
    const start = record * this.#width;
    for (let column = 0; column < this.#width; column += 1)
      target[column] = this.#records[start + column] ?? 0;
  }

  /** Adds a record; returns its number, or the bitwise complement of the number of the same record from before. */
  add(record: Int32Array): number {
    if (this.#count * 2 >= this.#index.length) this.#grow();
    const place = this.#find(record, 0);
    const found = this.#index[place] ?? 0;
    if (found !== 0) return ~(found - 1);
    this.#records.set(record, this.#count * this.#width);
    this.#count += 1;
    this.#index[place] = this.#count;
    return this.#count - 1;
  }

  clear(): void {
    this.#count = 0;
    // One wide set in the middle of a history must not make each later, small one expensive to empty.
    if (this.#index.length > INITIAL_CAPACITY * 16) this.#index = new Int32Array(INITIAL_CAPACITY * 2);
    else this.#index.fill(0);
    if (this.#records.length > INITIAL_CAPACITY * 16 * this.#width)
      this.#records = new Int32Array(INITIAL_CAPACITY * this.#width);
  }

  /** The place of an equal record in the index, or the empty place where it belongs. */
  #find(records: Int32Array, start: number): number {
    const mask = this.#index.length - 1;
    let hash = 0x811c9dc5;
    for (let column = 0; column < this.#width; column += 1) {
      hash = Math.imul(hash ^ (records[start + column] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    let place = hash & mask;
    for (;;) {
      const found = this.#index[place] ?? 0;
      if (found === 0 || this.#equals(found - 1, records, start)) return place;
      place = (place + 1) & mask;
    }
  }

  #equals(record: number, records: Int32Array, start: number): boolean {
    const own = record * this.#width;
    for (let column = 0; column < this.#width; column += 1) {
      if (this.#records[own + column] !== records[start + column]) return false;
    }
    return true;
  }

  #grow(): void {
    this.#index = new Int32Array(this.#index.length * 2);
    const capacity = this.#index.length / 2;
    if (capacity * this.#width > this.#records.length) {
      const records = new Int32Array(capacity * this.#width);
      records.set(this.#records);
      this.#records = records;
    }
    for (let record = 0; record < this.#count; record += 1) {
      this.#index[this.#find(this.#records, record * this.#width)] = record + 1;
    }
  }
}

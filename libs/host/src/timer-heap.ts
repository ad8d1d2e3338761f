/** One entry of a {@link TimerHeap}. */
export interface HeapEntry {
  readonly dueMs: number;
  /** Entries with equal `dueMs` come out in this order. */
  readonly sequence: number;
  /** Entries that were cancelled stay in the heap until they come to the top, or until it is swept. */
  readonly isCancelled: boolean;
}

/** A binary heap of timers, the next one due on top. */
export class TimerHeap<T extends HeapEntry> {
  #entries: T[] = [];
  #cancelled = 0;

  push(entry: T): void {
    this.#entries.push(entry);
    this.#rise(this.#entries.length - 1);
  }

  /** The next entry that is not cancelled, left in its place. */
  peek(): T | undefined {
    for (;;) {
      const top = this.#entries[0];
      if (top === undefined || !top.isCancelled) return top;
      this.#removeTop();
      this.#cancelled--;
    }
  }

  /** Takes out what {@link peek} shows. */
  pop(): T | undefined {
    const top = this.peek();
    if (top !== undefined) this.#removeTop();
    return top;
  }

  /**
   * To be told of each entry that is cancelled while in the heap: when they are the greater part, they are swept out.
   */
  noteCancelled(): void {
    this.#cancelled++;
    if (this.#cancelled < 64 || this.#cancelled * 2 < this.#entries.length) return;
    const live = this.#entries.filter((entry) => !entry.isCancelled);
    this.#entries = [];
    this.#cancelled = 0;
    for (const entry of live) this.push(entry);
  }

  clear(): void {
    this.#entries = [];
    this.#cancelled = 0;
  }

  /** Entries held, cancelled ones included. */
  get size(): number {
    return this.#entries.length;
  }

  #removeTop(): void {
    const last = this.#entries.pop();
    if (last === undefined || this.#entries.length === 0) return;
    this.#entries[0] = last;
    this.#sink();
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      let first = index;
      if (this.#isBefore(left, first)) first = left;
      if (this.#isBefore(left + 1, first)) first = left + 1;
      if (first === index) return;
      this.#swap(index, first);
      index = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#entries[a];
    const other = this.#entries[b];
    if (one === undefined || other === undefined) return false;
    return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.sequence < other.sequence);
  }

  #swap(a: number, b: number): void {
    const one = this.#entries[a];
    const other = this.#entries[b];
    if (one === undefined || other === undefined) return;
    this.#entries[a] = other;
    this.#entries[b] = one;
  }
}

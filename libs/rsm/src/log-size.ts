import { encode } from '@lockstep/api';

/** What Raft may add to an entry, with its term and its name on disk. */
const OVERHEAD_BYTES = 16;

/**
 * An estimate of what Raft's log takes: the entries applied since the last snapshot. Those that are yet to be applied
 * come on top, but they are few; and they cannot be compacted anyway.
 */
export class LogSize {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(entry: unknown): void {
    // Without a bound nobody asks for the size.
    if (this.#maxBytes !== Infinity) this.#bytes += encode(entry).length + OVERHEAD_BYTES;
  }

  compacted(): void {
    this.#bytes = 0;
  }

  get isTooLarge(): boolean {
    return this.#bytes >= this.#maxBytes;
  }
}

import { MachineError } from './error.ts';

/**
 * Writes a state down, little-endian. All numbers are words or pairs of words, and bytes are padded to words, so that
 * the result can be hashed by words. Stores go through a DataView: where intrinsics are frozen, a store into a typed
 * array costs a hundred times as much.
 */
export class Writer {
  #view = new DataView(new ArrayBuffer(4096));
  #length = 0;

  /** The number of bytes written, a multiple of four. */
  get length(): number {
    return this.#length;
  }

  /** What was written, to be read before anything else is. */
  get view(): DataView {
    return this.#view;
  }

  /** Begins again. */
  clear(): void {
    this.#length = 0;
  }

  word(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value, true);
    this.#length += 4;
  }

  /** A whole number from 0 to 2^53 - 1. */
  count(value: number): void {
    this.word(value | 0);
    this.word(Math.floor(value / 0x1_0000_0000));
  }

  bytes(value: Uint8Array): void {
    this.word(value.length);
    const padded = (value.length + 3) & ~3;
    this.#reserve(padded);
    // The last word is cleared first: what pads it must not depend on what was here before.
    if (padded > 0) this.#view.setInt32(this.#length + padded - 4, 0, true);
    new Uint8Array(this.#view.buffer).set(value, this.#length);
    this.#length += padded;
  }

  /** A copy of all that was written. */
  finish(): Uint8Array {
    return new Uint8Array(this.#view.buffer).slice(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#view.byteLength) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#view.byteLength));
    grown.set(new Uint8Array(this.#view.buffer, 0, this.#length));
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads what a {@link Writer} wrote. Its errors are the caller's misuse: a snapshot that is none. */
export class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Whether all has been read. */
  get isAtEnd(): boolean {
    return this.#at === this.#view.byteLength;
  }

  word(): number {
    const at = this.#take(4);
    return this.#view.getInt32(at, true);
  }

  /** A word as a number from 0 to 2^32 - 1. */
  unsigned(): number {
    return this.word() >>> 0;
  }

  count(): number {
    const low = this.unsigned();
    return this.unsigned() * 0x1_0000_0000 + low;
  }

  bytes(): Uint8Array {
    const length = this.unsigned();
    const at = this.#take((length + 3) & ~3);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset, this.#view.byteLength).slice(
      at,
      at + length,
    );
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes < 0 || at + bytes > this.#view.byteLength)
      throw new MachineError('misuse', 'This is no snapshot: it is cut off.');
    this.#at += bytes;
    return at;
  }
}

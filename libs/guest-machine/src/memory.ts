import { MachineError } from './error.ts';
import { finish, hashWords, type Hash } from './hash.ts';
import { MEMORY_BASE, PAGE_BYTES } from './layout.ts';

/** The hash of this page is known: a store must say that it no longer is. */
const CLEAN = 1;
/** Instructions of this page are decoded: a store must make the processor forget them. */
const CODE = 2;
/** The word `tohost` lies in this page: a store into it may end the run. */
const WATCHED = 4;

const PAGE_SHIFT = 12;

/** Bytes of a decoded instruction: a word with operation and registers, a word with the immediate. */
const DECODED_BYTES = 8;

/**
 * Memory, what the processor has decoded of it, and the hashes of its pages.
 *
 * A store is fast where its page has no flags. All flags mean that something has to be told of the store, and the
 * first store into a clean page takes that flag away: so pages cost something once after each hash.
 */
export class Memory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** For each page its flags. Read by the processor; 0 means that it may store without asking. */
  readonly flags: Uint8Array;
  /**
   * For each word of memory the instruction that it decodes to; an operation of 0 says that it has not been decoded.
   * One more at the end, never decoded, stops a processor that runs beyond the last word.
   */
  readonly decoded: DataView;
  /** Offset of the word `tohost`, or one that no store overlaps. */
  #tohost = -8;
  /** Two words for each page, valid while it is clean. */
  readonly #pageHashes: DataView;
  /** The sum of all page hashes, each mixed with its number. Pages that are not clean still count as they were. */
  readonly #sum: Hash = { low: 0, high: 0 };
  readonly #scratch: Hash = { low: 0, high: 0 };

  constructor(size: number) {
    if (!Number.isSafeInteger(size) || size < PAGE_BYTES || size > 0x4000_0000 || size % PAGE_BYTES !== 0)
      throw new MachineError('misuse', `Expected memoryBytes to be a multiple of 4096, got ${size}.`);
    const pages = size / PAGE_BYTES;
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.flags = new Uint8Array(pages);
    this.decoded = new DataView(new ArrayBuffer((size / 4 + 1) * DECODED_BYTES));
    this.#pageHashes = new DataView(new ArrayBuffer(pages * 8));
  }

  /** Offset of the watched word. */
  get tohost(): number {
    return this.#tohost;
  }

  /** Where an address lies in memory; a number not below the size, or negative, if it does not. */
  offsetOf(address: number): number {
    return (address >>> 0) - MEMORY_BASE;
  }

  /** Whether so many bytes from an offset on are in memory. */
  holds(offset: number, length: number): boolean {
    return offset >= 0 && offset + length <= this.bytes.length;
  }

  /** Has stores into the word at this offset reported by {@link Memory.touch}. */
  watch(offset: number): void {
    this.#tohost = offset;
    this.flags[offset >>> PAGE_SHIFT] = (this.flags[offset >>> PAGE_SHIFT] ?? 0) | WATCHED;
  }

  /** Says that an instruction of this word is decoded. */
  markDecoded(word: number): void {
    const page = word >>> (PAGE_SHIFT - 2);
    const flags = this.flags[page] ?? 0;
    if ((flags & CODE) === 0) this.flags[page] = flags | CODE;
  }

  /**
   * To be called for every store into a page with flags, and for every write by a device: hashes and decoded
   * instructions of the range are forgotten.
   *
   * @returns whether the watched word lies in the range
   */
  touch(offset: number, length: number): boolean {
    const end = offset + length;
    const last = (end - 1) >>> PAGE_SHIFT;
    for (let page = offset >>> PAGE_SHIFT; page <= last; page++) {
      const flags = this.flags[page] ?? 0;
      const start = page << PAGE_SHIFT;
      if ((flags & CODE) !== 0) this.#forget(Math.max(offset, start), Math.min(end, start + PAGE_BYTES));
      if ((flags & CLEAN) !== 0) this.flags[page] = flags & ~CLEAN;
    }
    return this.#tohost >= offset - 3 && this.#tohost < offset + length;
  }

  /** Writes bytes, as a device does. */
  write(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.touch(offset, bytes.length);
    this.bytes.set(bytes, offset);
  }

  /** A copy of bytes, as a device reads them. */
  read(offset: number, length: number): Uint8Array {
    return this.bytes.slice(offset, offset + length);
  }

  /** Whether a page holds nothing but zeros. */
  isZero(page: number): boolean {
    const start = page * PAGE_BYTES;
    for (let at = start; at < start + PAGE_BYTES; at += 4)
      if (this.view.getInt32(at, true) !== 0) return false;
    return true;
  }

  /** The hash of all memory. Reads the pages again that were written since the last call. */
  hash(into: Hash): void {
    for (let page = 0; page < this.flags.length; page++) {
      const flags = this.flags[page] ?? 0;
      if ((flags & CLEAN) !== 0) continue;
      this.flags[page] = flags | CLEAN;
      hashWords(this.view, page * PAGE_BYTES, PAGE_BYTES, this.#scratch);
      const low = finish(this.#scratch.low + Math.imul(page, 0x9e37_79b1));
      const high = finish(this.#scratch.high + Math.imul(page, 0x85eb_ca77));
      this.#sum.low = (this.#sum.low - this.#pageHashes.getInt32(page * 8, true) + low) | 0;
      this.#sum.high = (this.#sum.high - this.#pageHashes.getInt32(page * 8 + 4, true) + high) | 0;
      this.#pageHashes.setInt32(page * 8, low, true);
      this.#pageHashes.setInt32(page * 8 + 4, high, true);
    }
    into.low = this.#sum.low;
    into.high = this.#sum.high;
  }

  #forget(start: number, end: number): void {
    for (let word = start >>> 2; word <= (end - 1) >>> 2; word++)
      this.decoded.setInt32(word * DECODED_BYTES, 0, true);
  }
}

/**
 * Running 64-bit hash over a run's events, in two 32-bit lanes. Two runs with the same hash did the
 * same things at the same times with the same contents; it guards against accidents, not forgery.
 */
export class TraceHash {
  #low = 0x6a09_e667;
  #high = 0xbb67_ae85 | 0;

  add(a: number, b: number, c: number): void {
    // Times exceed 32 bits; the quotient keeps what `^` would cut off.
    let low = Math.imul(this.#low ^ a, 0x85eb_ca6b) ^ (a / 0x1_0000_0000);
    low = Math.imul((low << 13) | (low >>> 19), 5) ^ b;
    let high = Math.imul(this.#high ^ c, 0xc2b2_ae35);
    high = Math.imul((high << 15) | (high >>> 17), 5) ^ low;
    this.#low = (low + Math.imul(high, 0x27d4_eb2f)) | 0;
    this.#high = high ^ (high >>> 16);
  }

  /** The hash so far, as 16 hex digits. */
  get hex(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16).padStart(8, '0');
  }
}

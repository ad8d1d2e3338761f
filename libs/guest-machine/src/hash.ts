/** A hash of 64 bits in two halves, each an int32. */
export interface Hash {
  low: number;
  high: number;
}

/**
 * Hashes the words of a range, whose length is a multiple of four. Both halves are MurmurHash3's mixing of words, with
 * different seeds and multipliers: not for adversaries, but two states that differ by accident do not collide.
 */
export function hashWords(view: DataView, start: number, length: number, into: Hash): void {
  let low = 0x9747_b28c | 0;
  let high = 0x2545_f491 | 0;
  const end = start + length;
  for (let at = start; at < end; at += 4) {
    const word = view.getInt32(at, true);
    const a = Math.imul(word, 0xcc9e_2d51);
    const b = Math.imul(word, 0x239b_961b);
    low ^= Math.imul((a << 15) | (a >>> 17), 0x1b87_3593);
    low = (Math.imul((low << 13) | (low >>> 19), 5) + 0xe654_6b64) | 0;
    high ^= Math.imul((b << 16) | (b >>> 16), 0xab0e_9789);
    high = (Math.imul((high << 17) | (high >>> 15), 5) + 0x561c_cd1b) | 0;
  }
  into.low = finish(low ^ length);
  into.high = finish(high ^ length);
}

/** MurmurHash3's last step: each bit of the input changes half of those of the output. */
export function finish(half: number): number {
  let h = half;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return h ^ (h >>> 16);
}

/** Sixteen hexadecimal digits. */
export function formatHash({ low, high }: Hash): string {
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
}

import { createHash, randomBytes } from 'node:crypto';
import type { Random } from '@lockstep/api';

const TWO_32 = 0x1_0000_0000;
const TWO_53 = 0x20_0000_0000_0000;

/** Uniform 32-bit words. */
type Words = () => number;

/** Randomness of the operating system; or, with a seed, the same sequence each time. */
export function makeRandom(seed?: string): Random {
  const words = seed === undefined ? systemWords() : seededWords(seed);
  /** A uniform integer of 53 bits. */
  const draw = (): number => (words() >>> 11) * TWO_32 + words();
  return {
    uniform: () => draw() / TWO_53,
    integer: (lo, hi) => {
      const count = hi - lo + 1;
      if (!Number.isSafeInteger(lo) || !Number.isSafeInteger(hi) || !(count >= 1 && count <= TWO_53)) {
        throw new RangeError(
          `integer(lo, hi) wants two safe integers, lo <= hi, less than 2^53 apart; not ${String(lo)}, ${String(hi)}`,
        );
      }
      // What lies beyond the last whole multiple of `count` would make small results likelier.
      const limit = TWO_53 - (TWO_53 % count);
      for (;;) {
        const n = draw();
        if (n < limit) return lo + (n % count);
      }
    },
  };
}

function systemWords(): Words {
  let pool = Buffer.alloc(0);
  let position = 0;
  return () => {
    if (position === pool.length) {
      pool = randomBytes(1024);
      position = 0;
    }
    const word = pool.readUInt32LE(position);
    position += 4;
    return word;
  };
}

/** Hashes of the seed and a counter, eight words at a time: not fast, but plain. */
function seededWords(seed: string): Words {
  let block = Buffer.alloc(0);
  let position = 0;
  let counter = 0;
  return () => {
    if (position === block.length) {
      block = createHash('sha256').update(`${counter++}:${seed}`).digest();
      position = 0;
    }
    const word = block.readUInt32LE(position);
    position += 4;
    return word;
  };
}

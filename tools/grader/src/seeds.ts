import { createHash, createHmac } from 'node:crypto';

/** The fewest characters of a course secret: one that can be guessed hides nothing. */
export const MIN_SECRET_LENGTH = 16;

/** 64 bits in hex. */
const SEED_DIGITS = 16;

/**
 * The seeds that a grader without a secret draws: not those that people run at home, and the same for everybody, so
 * that a second grading gives the same scores.
 */
export function graderSeed(index: number): string {
  const digest = createHash('sha256').update(JSON.stringify(['lockstep grader seed', index]));
  return digest.digest('hex').slice(0, SEED_DIGITS);
}

/**
 * A seed that only the holder of the course's secret can know (HMAC-SHA-256). Each test has a stream of its own: to
 * know one test's seeds, or some of them, says nothing of any other.
 */
export function secretSeed(secret: string, test: string, index: number): string {
  const code = createHmac('sha256', secret).update(JSON.stringify(['lockstep hidden seed', test, index]));
  return code.digest('hex').slice(0, SEED_DIGITS);
}

/** The seeds that `lockstep test` draws: `1`, `2`, … */
export function homeSeed(index: number): string {
  return String(index + 1);
}

import { createHash } from 'node:crypto';

/**
 * The seeds that a grader draws: not those that people run at home, and the same for everybody, so
 * that a second grading gives the same scores.
 */
export function graderSeed(index: number): string {
  const digest = createHash('sha256').update(JSON.stringify(['lockstep grader seed', index]));
  return digest.digest('hex').slice(0, 16);
}

/** The seeds that `lockstep test` draws: `1`, `2`, … */
export function homeSeed(index: number): string {
  return String(index + 1);
}

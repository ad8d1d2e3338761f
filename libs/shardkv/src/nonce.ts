import type { Random } from '@lockstep/api';

/** Told apart from all others that have ever been drawn, for all practical purposes: 80 bits. */
export function drawNonce(random: Random): string {
  return Array.from({ length: 16 }, () => random.integer(0, 31).toString(32)).join('');
}

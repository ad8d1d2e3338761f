import { createHash } from 'node:crypto';
import { keyOf, type Mutant } from './mutant.ts';

/** Some of the mutants, in their order: drawn by hash, so that a change elsewhere draws no other ones. */
export function sample(mutants: readonly Mutant[], size: number): Mutant[] {
  const rank = new Map(mutants.map((mutant) => [mutant, hashOf(mutant)]));
  const byRank = (a: Mutant, b: Mutant): number => ((rank.get(a) ?? '') < (rank.get(b) ?? '') ? -1 : 1);
  const chosen = new Set([...mutants].sort(byRank).slice(0, size));
  return mutants.filter((mutant) => chosen.has(mutant));
}

function hashOf(mutant: Mutant): string {
  return createHash('sha256').update(keyOf(mutant)).digest('hex');
}

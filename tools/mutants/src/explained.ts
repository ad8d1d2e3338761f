import { z } from 'zod';
import type { Outcome } from './hunt.ts';
import { keyOf, type Mutant } from './mutant.ts';

/** The version of a list of explained mutants. */
export const EXPLAINED_VERSION = 'lockstep-explained-mutants/1';

const explainedMutant = z.strictObject({
  file: z
    .string()
    .min(1)
    .describe(
      "A file of the reference, relative to its library's `src` folder, or of a library that it is built from.",
    ),
  before: z.string().min(1).describe('The lines that the change touches, spaces collapsed.'),
  after: z.string().describe('The same lines, changed.'),
  occurrence: z
    .int()
    .min(1)
    .exactOptional()
    .describe('Which of several equal lines of the file; the first unless told.'),
});

const group = z.strictObject({
  kind: z
    .enum(['equivalent', 'allowed', 'elsewhere'])
    .describe(
      '`equivalent`: no run can tell. `allowed`: it behaves otherwise, and as well, by the contract. ' +
        "`elsewhere`: wrong, and the business of other tests than the suite's.",
    ),
  reason: z.string().min(20).describe('Why, so that a reader can check it.'),
  mutants: z.array(explainedMutant).min(1),
});

/** The mutants that a lab's suite need not notice, each with the reason. */
export const explainedSchema = z.strictObject({
  version: z.literal(EXPLAINED_VERSION),
  groups: z.array(group),
});

/** Explains some mutants. */
export type ExplainedGroup = z.infer<typeof group>;

/** The list is malformed. */
export class NotAList extends Error {
  override readonly name = 'NotAList';
}

/**
 * Reads a list of explained mutants.
 *
 * @param text its contents, JSON.
 * @param name names the file in errors.
 * @throws {@link NotAList}
 */
export function parseExplained(text: string, name: string): readonly ExplainedGroup[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new NotAList(`${name} is not JSON: ${(error as Error).message}.`);
  }
  const parsed = explainedSchema.safeParse(data);
  if (parsed.success) return parsed.data.groups;
  const [issue] = parsed.error.issues;
  throw new NotAList(
    `${name} is not valid at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'unknown reason'}.`,
  );
}

/** A hunt's outcomes beside the list. */
export interface Account {
  readonly unexplained: readonly Outcome[];
  readonly explained: readonly { readonly outcome: Outcome; readonly group: ExplainedGroup }[];
  /** Called equivalent, and killed. */
  readonly refuted: readonly Outcome[];
  /** In the list, and not among the mutants of the sources. */
  readonly stale: readonly z.infer<typeof explainedMutant>[];
}

/** Tells whether a mutant is in the list. */
export function explains(groups: readonly ExplainedGroup[]): (mutant: Mutant) => boolean {
  const keys = new Set(
    groups.flatMap(({ mutants }) => mutants.map((one) => keyOf({ occurrence: 1, ...one }))),
  );
  return (mutant) => keys.has(keyOf(mutant));
}

/**
 * Compares a hunt with the list.
 *
 * @param all the mutants of the sources, whether they were tried or not.
 */
export function account(
  outcomes: readonly Outcome[],
  all: readonly Mutant[],
  groups: readonly ExplainedGroup[],
): Account {
  const groupOf = new Map(
    groups.flatMap((one) => one.mutants.map((mutant) => [keyOf({ occurrence: 1, ...mutant }), one] as const)),
  );
  const living = outcomes.filter(({ fate }) => fate === 'survived' || fate === 'unreached');
  const known = new Set(all.map(keyOf));
  return {
    unexplained: living.filter(({ mutant }) => !groupOf.has(keyOf(mutant))),
    explained: living.flatMap((outcome) => {
      const found = groupOf.get(keyOf(outcome.mutant));
      return found === undefined ? [] : [{ outcome, group: found }];
    }),
    refuted: outcomes.filter(
      ({ fate, mutant }) => fate === 'killed' && groupOf.get(keyOf(mutant))?.kind === 'equivalent',
    ),
    stale: groups.flatMap(({ mutants }) =>
      mutants.filter((one) => !known.has(keyOf({ occurrence: 1, ...one }))),
    ),
  };
}

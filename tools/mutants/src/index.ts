export {
  account,
  EXPLAINED_VERSION,
  explainedSchema,
  explains,
  NotAList,
  parseExplained,
} from './explained.ts';
export type { Account, ExplainedGroup } from './explained.ts';
export { findMutants } from './find-mutants.ts';
export type { MutableSources } from './find-mutants.ts';
export { hunt, UnfitSuite } from './hunt.ts';
export type { HuntOptions, Killer, Outcome } from './hunt.ts';
export { keyOf } from './mutant.ts';
export type { Edit, Mutant, MutantKey } from './mutant.ts';
export { OPERATOR_NAMES } from './operators.ts';
export { sample } from './sample.ts';

export { bundleOf } from './bundles.ts';
export type { Program } from './bundles.ts';
export { buildFolder, buildReference, buildSources, readReference, readSubmission } from './build.ts';
export type { BuildFolderOptions, ReferenceSources } from './build.ts';
export { ChildKeeper } from './child-keeper.ts';
export { runJob } from './drive.ts';
export { canBeRetraced } from './lost-run.ts';
export type { RunJobOptions } from './drive.ts';
export { discoverLabs, withSuites } from './labs.ts';
export { osWalls, useOsWalls } from './os-walls.ts';
export type { OsWall } from './os-walls.ts';
export { REPO_ROOT } from './repo.ts';
export type {
  AskedRun,
  BuildFailureCode,
  BuildOutcome,
  Bundle,
  Handin,
  Job,
  JobOutcome,
  LabInfo,
  Limits,
  PartInfo,
  ReadOutcome,
  Row,
  TestInfo,
} from './engine.ts';
export { runIdentity } from './run-identity.ts';
export type { BoundResult, Implementation, RunOptions, RunResult } from './run.ts';

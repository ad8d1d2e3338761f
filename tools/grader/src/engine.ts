import type { Sources } from '@lockstep/test-harness/load';
import type {
  BuildOutcome,
  Handin,
  Job,
  JobOutcome,
  LabInfo,
  ReadOutcome,
  Row,
} from '@lockstep/test-harness/runner';

/** What the grader asks of the harness; the harness's own functions fit. */
export interface Engine {
  discoverLabs(): Promise<readonly LabInfo[]>;
  /** Reads what was handed in, once. */
  readSubmission(handin: Handin): Promise<ReadOutcome>;
  /** Bundles for a lab what was read, in a child process. */
  buildSources(sources: Sources, lab: LabInfo): Promise<BuildOutcome>;
  /** Bundles the lab's reference, with a bug file applied if one is named. */
  buildReference(lab: LabInfo, patchFile?: string): Promise<BuildOutcome>;
  /** What decides runs beside the implementation, the test and the seed; equal for equal sources of ours. */
  runIdentity(lab: LabInfo, suites: readonly string[]): Promise<string>;
  runJob(job: Job, onRow: (row: Row) => void, options: { signal?: AbortSignal }): Promise<JobOutcome>;
}

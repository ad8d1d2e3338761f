import type { BuildOutcome, Job, JobOutcome, LabInfo, Row } from '@lockstep/test-harness/runner';

/** What the grader asks of the harness; the harness's own functions fit. */
export interface Engine {
  discoverLabs(): Promise<readonly LabInfo[]>;
  /** Bundles a submission's folder for a lab, in a child process. */
  buildFolder(folder: string, lab: LabInfo): Promise<BuildOutcome>;
  /** Bundles the lab's reference, with a bug file applied if one is named. */
  buildReference(lab: LabInfo, patchFile?: string): Promise<BuildOutcome>;
  runJob(job: Job, onRow: (row: Row) => void, options: { signal?: AbortSignal }): Promise<JobOutcome>;
}

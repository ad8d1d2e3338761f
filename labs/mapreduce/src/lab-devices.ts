import type { Device } from '@lockstep/test-harness/suite';
import { LocalFiles, SharedFiles } from './file-stores.ts';
import { JobBoard } from './job-board.ts';

/** The environment of a test: two kinds of stores, and a board with the job. */
export const devices = (): Readonly<Record<string, Device>> => ({
  shared: new SharedFiles(),
  local: new LocalFiles(),
  board: new JobBoard(),
});

/** The same, for the script that drives them. */
export interface LabDevices {
  readonly shared: SharedFiles;
  readonly local: LocalFiles;
  readonly board: JobBoard;
}

/** The devices of a run, known for what {@link devices} has made. */
export function asLabDevices({ shared, local, board }: Readonly<Record<string, Device>>): LabDevices {
  if (shared instanceof SharedFiles && local instanceof LocalFiles && board instanceof JobBoard) {
    return { shared, local, board };
  }
  throw new TypeError('a test of this lab must have the devices of the lab');
}

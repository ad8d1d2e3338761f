import { toJson, writeWhole } from '@lockstep/grader';
import { failureFileName, type Failure } from '@lockstep/test-harness/trace';
import { join, resolve } from 'node:path';
import type { Io } from './io.ts';

/** A failure with the file that it was written to. */
export interface WrittenFailure {
  readonly failure: Failure;
  /** As it would be typed; absent when the file could not be written. */
  readonly file?: string;
}

const FOLDER = join('.lockstep', 'failures');

/** Writes failure files into `.lockstep/failures` of the current folder. */
export function writeFailures(io: Io, failures: readonly Failure[]): WrittenFailure[] {
  let said = false;
  return failures.map((failure) => {
    const file = join(FOLDER, failureFileName(failure.test.id, failure.seed));
    try {
      writeWhole(resolve(file), toJson(failure));
      return { failure, file };
    } catch (error) {
      if (!said) io.err(`Failure files cannot be written to ${FOLDER}: ${(error as Error).message}`);
      said = true;
      return { failure };
    }
  });
}

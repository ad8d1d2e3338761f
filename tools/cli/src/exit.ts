import { visibleText } from '@lockstep/test-harness/trace';

/** The exit statuses of every command. */
export const EXIT = {
  /** Passed, or the class was graded. */
  ok: 0,
  /** A test failed, or `--expect` differs. */
  failed: 1,
  /** Bad usage, or a bad submission. */
  usage: 2,
  /** Our own fault, or some submission could not be graded. */
  fault: 3,
  /** The outcome is unknown. */
  unknown: 4,
  /** Interrupted; what was there has been written. */
  interrupted: 130,
} as const;

/** How every `--help` explains the statuses. */
export const EXIT_HELP = `
Exit status:
  0    passed, or the class was graded
  1    a test failed, or --expect differs
  2    bad usage, or a bad submission
  3    our own fault, or some submission could not be graded
  4    the outcome is unknown
  130  interrupted`;

/**
 * What the person at the keyboard can put right: its message is one sentence, safe to show, though it may quote code or
 * files of somebody else. Ends with status 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(visibleText(message));
  }
}

/** Our own fault: a sentence for the screen, safe to show, and details for a file. Ends with status 3. */
export class OurFault extends Error {
  override readonly name = 'OurFault';
  readonly details: string;

  constructor(message: string, details: string) {
    super(visibleText(message));
    this.details = details;
  }
}

/*
 * The numbers of this lab's tests. Times are virtual.
 */

/** The suite's worker time-out, given to each job in `Job.workerTimeoutMs`. */
export const WORKER_TIMEOUT_MS = 1_000;

/** How long a job may take beyond its work, when nothing fails. */
export const SLACK_MS = 3_000;

/** How long a job may take beyond its work for each machine that fails or falls silent. */
export const PER_FAILURE_MS = 4_000;

/** How long a worker may take to learn that the job is over. */
export const EXIT_MS = 5_000;

/** Bytes of a split in most tests: a handful of lines. */
export const SPLIT_BYTES = 600;

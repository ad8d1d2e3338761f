/**
 * MapReduce jobs for real: the reference coordinator and workers as processes of this machine.
 *
 * @packageDocumentation
 */
export { runJob } from './run-job.ts';
export type { JobEvents, JobOutcome, RunJobOptions } from './run-job.ts';
export { describeEnding } from './run-job.ts';
export type { Found } from './workspace.ts';
export { JobRefused } from './refusal.ts';
export { generateText } from './generate.ts';
export type { TextOptions } from './generate.ts';
export { SHIPPED_APPS } from './shipped-apps.ts';
export { AppError } from './app-setup.ts';
export type { AppExport, AppSetup } from './app-setup.ts';

import { describeEnding, JobRefused, runJob } from '@lockstep/mr';
import type { JobOutcome } from '@lockstep/mr';
import { EXIT, UsageError } from '../exit.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { MrProgress } from '../mr-progress.ts';
import { defaultJobs } from '../options.ts';
import { formatBytes } from '../view/bytes.ts';

/** The version of what `lockstep mr run --json` prints. */
export const MR_RUN_VERSION = 'lockstep-mr-run/1';

/** The options of `lockstep mr run`. */
export interface MrRunOptions {
  readonly out: string;
  readonly workers?: number;
  readonly reduce: number;
  readonly split?: number;
  readonly set?: readonly string[];
  readonly sequential?: true;
  readonly json?: true;
}

const STATUS = {
  succeeded: EXIT.ok,
  'finished-before': EXIT.ok,
  failed: EXIT.failed,
  interrupted: EXIT.interrupted,
} as const;

/** Runs a job, shows how it gets on, and says what came of it. */
export async function mrRun(
  io: Io,
  app: string,
  inputs: readonly string[],
  options: MrRunOptions,
): Promise<number> {
  const began = performance.now();
  const progress = new MrProgress(io);
  const set = parseSettings(options.set ?? []);
  try {
    const outcome = await interruptible((signal) =>
      runJob({
        app,
        inputs,
        out: options.out,
        reduceTasks: options.reduce,
        workers: options.sequential === true ? 'sequential' : (options.workers ?? defaultJobs()),
        ...(options.split === undefined ? {} : { splitBytes: options.split }),
        options: set,
        signal,
        events: {
          started: (found, committed) => {
            if (found === 'unfinished')
              progress.line(`goes on in ${options.out}: ${committed} of ${options.reduce} outputs are there`);
          },
          progress: (news) => progress.show(news),
          died: (id, ending) => progress.line(`${id} is started again: ${describeEnding(ending)}`),
        },
      }),
    );
    progress.end();
    report(io, outcome, options, performance.now() - began);
    return STATUS[outcome.end];
  } catch (error) {
    if (error instanceof JobRefused) throw new UsageError(error.message);
    throw error;
  } finally {
    progress.end();
  }
}

function parseSettings(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [name = '', value] = text.split(/=(.*)/s, 2);
      if (name === '' || value === undefined) throw new UsageError(`--set ${text} must be --set name=value.`);
      return [name, value];
    }),
  );
}

function report(io: Io, outcome: JobOutcome, options: MrRunOptions, ms: number): void {
  if (options.json === true) {
    io.out(JSON.stringify({ version: MR_RUN_VERSION, milliseconds: Math.round(ms), ...outcome }, null, 2));
    return;
  }
  const { green, red, yellow, dim } = io.colors;
  const { out, reduce } = options;
  const some = `${outcome.committed} of ${reduce} outputs`;
  switch (outcome.end) {
    case 'finished-before':
      io.out(`${green('finished before')}  all ${reduce} outputs are in ${out}; nothing had to be done`);
      break;
    case 'succeeded': {
      const bytes = outcome.progress?.inputBytes.total ?? 0;
      const speed = `${formatBytes(bytes)} in ${(ms / 1000).toFixed(2)} s, ${formatBytes((bytes / ms) * 1000)}/s`;
      io.out(`${green('done')}  ${reduce} outputs in ${out}; ${speed}`);
      break;
    }
    case 'failed':
      io.out(`${red('failed')}  ${outcome.failure ?? 'for no known reason'}`);
      break;
    case 'interrupted':
      io.out(
        `${yellow('interrupted')}  ${some} are in ${out}, each of them whole; the same command goes on from there`,
      );
  }
  const { counters = {}, skipped = 0, map, reduce: reducing } = outcome.progress ?? {};
  for (const [name, value] of Object.entries(counters)) io.out(dim(`  ${name}: ${value}`));
  if (skipped > 0) io.out(dim(`  left out: ${skipped}`));
  const again = (map?.attempts ?? 0) - (map?.total ?? 0) + (reducing?.attempts ?? 0) - (reducing?.total ?? 0);
  const backups = (map?.backups ?? 0) + (reducing?.backups ?? 0);
  if (outcome.end === 'succeeded' && again > 0)
    io.out(dim(`  tasks executed more than once: ${again}, of them as backups of slow ones: ${backups}`));
}

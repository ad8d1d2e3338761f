import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_SPLIT_BYTES } from '@lockstep/api';
import type { Application, JobProgress } from '@lockstep/api';
import { openFileStore } from '@lockstep/host';
import { makeSplits, runSequentially } from '@lockstep/mapreduce';
import { toJob, toSharedFiles } from './job-spec.ts';
import type { SequentialSettings } from './messages.ts';

/** Does the whole job in this process, one task after the other. `told` learns how it is getting on. */
export async function runSequentialJob(
  app: Application,
  { spec, folder }: SequentialSettings,
  told: (progress: JobProgress) => void,
): Promise<void> {
  const local = join(folder, 'local');
  await mkdir(local, { recursive: true });
  const job = toJob(spec);
  const shared = openFileStore(toSharedFiles(spec));
  const deps = { shared, local: openFileStore({ folders: { '': local }, isDurable: false }) };
  const splits = await makeSplits(shared, job.inputs, job.splitBytes ?? DEFAULT_SPLIT_BYTES);
  const tally = new Tally(
    splits.map(({ start, end }) => end - start),
    job.reduceTasks,
  );
  told(tally.progress('running'));
  try {
    await runSequentially(app, job, deps, (report) => {
      if (report.kind === 'mapped') tally.mapped++;
      else if (report.kind === 'reduced') tally.reduced++;
      if ('counters' in report) tally.add(report.counters);
      told(tally.progress('running'));
    });
    told(tally.progress('succeeded'));
  } catch (error) {
    told({ ...tally.progress('failed'), failure: error instanceof Error ? error.message : String(error) });
  }
}

/** How far a sequential run is, in the terms of a distributed one. */
class Tally {
  mapped = 0;
  reduced = 0;
  readonly #splitBytes: readonly number[];
  readonly #reduceTasks: number;
  readonly #counters: Record<string, number> = {};

  constructor(splitBytes: readonly number[], reduceTasks: number) {
    this.#splitBytes = splitBytes;
    this.#reduceTasks = reduceTasks;
  }

  add(counters: Readonly<Record<string, number>>): void {
    for (const [name, by] of Object.entries(counters))
      this.#counters[name] = (this.#counters[name] ?? 0) + by;
  }

  progress(state: JobProgress['state']): JobProgress {
    const total = this.#splitBytes.length;
    const isMapping = state === 'running' && this.mapped < total;
    const isReducing = state === 'running' && !isMapping && this.reduced < this.#reduceTasks;
    const phase = (all: number, done: number, isRunning: boolean): JobProgress['map'] => ({
      total: all,
      done,
      running: isRunning ? 1 : 0,
      backups: 0,
      attempts: done + (isRunning ? 1 : 0),
    });
    const bytes = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
    return {
      state,
      map: phase(total, this.mapped, isMapping),
      reduce: phase(this.#reduceTasks, this.reduced, isReducing),
      inputBytes: { total: bytes(this.#splitBytes), done: bytes(this.#splitBytes.slice(0, this.mapped)) },
      counters: { ...this.#counters },
      skipped: 0,
      workers: 1,
    };
  }
}

import { DEFAULT_SPLIT_BYTES } from '@lockstep/api';
import type { Application, FileStore, Job, WorkerDeps } from '@lockstep/api';
import { Lease } from './lease.ts';
import { mapFile, MapTask } from './map-task.ts';
import { ReduceTask } from './reduce-task.ts';
import type { MappedReport, ReducedReport, Report } from './messages.ts';
import { sourcesOf } from './sources.ts';
import { makeSplits } from './splits.ts';

/** What a sequential run has counted. */
export interface SequentialResult {
  readonly mapTasks: number;
  readonly counters: Readonly<Record<string, number>>;
}

/**
 * The same job without coordinator, workers or messages: every task once, one after the other, in this very process.
 * What it leaves in the output is what a distributed run must leave there. What the application throws ends it.
 *
 * @param progress is called after each task with the report of it.
 */
export async function runSequentially(
  app: Application,
  job: Job,
  deps: WorkerDeps & { readonly shared: FileStore },
  progress: (report: Report) => void = () => {},
): Promise<SequentialResult> {
  const { reduceTasks, output } = job;
  const splits = await makeSplits(deps.shared, job.inputs, job.splitBytes ?? DEFAULT_SPLIT_BYTES);
  const mapped: MappedReport[] = [];
  const counters: Record<string, number> = {};
  const done = (report: MappedReport | ReducedReport): void => {
    for (const [name, by] of Object.entries(report.counters)) counters[name] = (counters[name] ?? 0) + by;
    progress(report);
  };
  for (const [task, split] of splits.entries()) {
    const assignment = {
      kind: 'map',
      task,
      attempt: `sequential-${task}`,
      reduceTasks,
      split,
      skip: [],
    } as const;
    const report = await new MapTask(app, assignment, deps).run(new Lease());
    mapped.push(report);
    done(report);
  }
  for (let task = 0; task < reduceTasks; task++) {
    const sources = sourcesOf(
      task,
      mapped.map((report) => ({ ...report, node: 'here' })),
    );
    const assignment = {
      kind: 'reduce',
      task,
      attempt: `sequential-r${task}`,
      output,
      sources,
      skip: [],
    } as const;
    const fetch = (source: { readonly file: string }, offset: number, length: number): Promise<Uint8Array> =>
      deps.local.read(source.file, offset, length);
    done(await new ReduceTask(app, assignment, deps, fetch).run(new Lease()));
  }
  for (const { attempt } of mapped) await deps.local.remove(mapFile(attempt));
  return { mapTasks: splits.length, counters };
}

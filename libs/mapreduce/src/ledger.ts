import type { JobProgress, NodeId } from '@lockstep/api';
import type {
  AbandonedReport,
  FailedReport,
  HeartbeatArgs,
  LostReport,
  MappedReport,
  ReducedReport,
  Report,
} from './messages.ts';
import { sourcesOf } from './sources.ts';
import type { MapOutput } from './sources.ts';
import type { Source } from './messages.ts';
import type { Split } from './splits.ts';
import { Phase } from './tasks.ts';
import type { Attempt, Task } from './tasks.ts';

/** A task for a worker. */
export interface Choice {
  readonly kind: 'map' | 'reduce';
  readonly task: Task;
}

/**
 * What the coordinator knows of the job (paper §3.2): the state of each task, and where the output of each finished map
 * task is. Has no clock and sends nothing; it is told what happens.
 */
export class Ledger {
  readonly splits: readonly Split[];
  readonly #maps: Phase;
  readonly #reduces: Phase;
  readonly #options: { readonly backupTasks: boolean; readonly skipBadRecords: boolean };
  readonly #inputBytes: number;
  #failure: string | undefined;

  /** @param committed the reduce tasks whose output is there already. */
  constructor(
    splits: readonly Split[],
    reduceTasks: number,
    committed: ReadonlySet<number>,
    options: { readonly backupTasks: boolean; readonly skipBadRecords: boolean },
  ) {
    this.splits = splits;
    this.#options = options;
    this.#maps = new Phase(splits.length);
    this.#reduces = new Phase(reduceTasks);
    this.#inputBytes = splits.reduce((sum, { start, end }) => sum + end - start, 0);
    for (const task of this.#reduces.tasks) {
      if (committed.has(task.index)) this.#reduces.complete(task, '', { counters: {}, skipped: 0 }, 0);
    }
  }

  get isOver(): boolean {
    return this.#reduces.isDone || this.#failure !== undefined;
  }

  /** What a worker should do now, if anything: an idle task, or a second execution of one that takes too long. */
  choose(worker: NodeId, now: number): Choice | undefined {
    if (this.isOver) return undefined;
    const kind = this.#maps.isDone ? 'reduce' : 'map';
    const phase = this.#phase(kind);
    const idle = phase.idle();
    if (idle !== undefined) return { kind, task: idle };
    const straggler = this.#options.backupTasks ? phase.straggler(now, worker) : undefined;
    return straggler === undefined ? undefined : { kind, task: straggler };
  }

  begin({ kind, task }: Choice, attempt: Attempt): void {
    this.#phase(kind).begin(task, attempt);
  }

  /** Where a reduce task finds its input, now. */
  sources(reduce: Task): Source[] {
    return sourcesOf(
      reduce.index,
      this.#maps.tasks.flatMap(({ output }) => (output === undefined ? [] : [output])),
    );
  }

  /** Takes a worker's report. */
  settle(report: Report, worker: NodeId, now: number): void {
    switch (report.kind) {
      case 'mapped':
        return this.#mapped(report, worker, now);
      case 'reduced':
        return this.#reduced(report, now);
      case 'failed':
        return this.#failed(report);
      case 'lost':
        return this.#lost(report);
      case 'abandoned':
        return this.#abandoned(report);
    }
  }

  /** Whether an attempt is still of use. One that had been given up for dead is under way after all. */
  isWanted({ phase, task: index, attempt }: HeartbeatArgs, worker: NodeId, now: number): boolean {
    const task = this.#phase(phase).tasks[index];
    if (task === undefined || task.isDone || this.isOver) return false;
    if (!task.attempts.has(attempt)) task.attempts.set(attempt, { id: attempt, worker, startedAt: now });
    return true;
  }

  /**
   * A machine is gone, or seems to be: what it was executing is idle again, and so is every map task whose output was
   * on its disk. Committed reduce outputs are in the shared file system and stay (paper §3.3).
   */
  lose(worker: NodeId): void {
    this.free(worker);
    if (this.isOver) return;
    for (const task of this.#maps.tasks) if (task.output?.node === worker) this.#maps.undo(task);
  }

  /** A worker is executing nothing (any more). */
  free(worker: NodeId): void {
    for (const { tasks } of [this.#maps, this.#reduces]) {
      for (const { attempts } of tasks) {
        for (const { id, worker: at } of attempts.values()) if (at === worker) attempts.delete(id);
      }
    }
  }

  /** The job can't be done. */
  fail(why: string): void {
    this.#failure ??= why;
  }

  progress(workers: number): JobProgress {
    const done = this.#maps.tasks.filter(({ isDone }) => isDone);
    const tallies = [...this.#maps.tasks, ...this.#reduces.tasks].flatMap(({ tally }) => tally ?? []);
    const counters: Record<string, number> = {};
    for (const tally of tallies) {
      for (const [name, by] of Object.entries(tally.counters)) counters[name] = (counters[name] ?? 0) + by;
    }
    return {
      state: this.#failure !== undefined ? 'failed' : this.#reduces.isDone ? 'succeeded' : 'running',
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      map: this.#maps.progress(),
      reduce: this.#reduces.progress(),
      inputBytes: {
        total: this.#inputBytes,
        done: done.reduce((sum, { index }) => sum + this.#bytesOf(index), 0),
      },
      counters,
      skipped: tallies.reduce((sum, { skipped }) => sum + skipped, 0),
      workers,
    };
  }

  #bytesOf(map: number): number {
    const split = this.splits[map];
    return split === undefined ? 0 : split.end - split.start;
  }

  #phase(kind: 'map' | 'reduce'): Phase {
    return kind === 'map' ? this.#maps : this.#reduces;
  }

  #mapped(
    { task: index, attempt, file, runs, counters, skipped }: MappedReport,
    node: NodeId,
    now: number,
  ): void {
    const task = this.#maps.tasks[index];
    if (task === undefined || !this.#maps.complete(task, attempt, { counters, skipped }, now)) return;
    const output: MapOutput = { task: index, attempt, node, file, runs };
    task.output = output;
  }

  #reduced({ task: index, attempt, counters, skipped }: ReducedReport, now: number): void {
    const task = this.#reduces.tasks[index];
    if (task !== undefined) this.#reduces.complete(task, attempt, { counters, skipped }, now);
  }

  #failed(report: FailedReport): void {
    const task = this.#end(report.phase, report);
    if (task === undefined || !task.failed(report, this.#options.skipBadRecords)) return;
    const on =
      report.record === undefined
        ? ''
        : ` on ${typeof report.record === 'number' ? 'record' : 'key'} ${report.record}`;
    this.fail(`${report.phase} task ${report.task} failed too often${on}: ${report.message}`);
  }

  #lost(report: LostReport): void {
    this.#end('reduce', report);
    for (const { task: index, attempt } of report.maps) {
      const task = this.#maps.tasks[index];
      // Another execution may have replaced what the reduce task was looking for.
      if (task?.output?.attempt === attempt) this.#maps.undo(task);
    }
  }

  #abandoned(report: AbandonedReport): void {
    this.#end(report.phase, report);
  }

  /** An attempt is over, and its task is not done by it; gives the task if that is still of interest. */
  #end(
    phase: 'map' | 'reduce',
    { task: index, attempt }: { task: number; attempt: string },
  ): Task | undefined {
    const task = this.#phase(phase).tasks[index];
    task?.attempts.delete(attempt);
    return task?.isDone === true ? undefined : task;
  }
}

import { MAX_TASK_FAILURES } from '@lockstep/api';
import type { NodeId, PhaseProgress } from '@lockstep/api';
import type { FailedReport, Tally } from './messages.ts';
import type { MapOutput } from './sources.ts';

/** One execution of a task that is under way, as far as the coordinator knows. */
export interface Attempt {
  readonly id: string;
  readonly worker: NodeId;
  readonly startedAt: number;
}

/** A task of either phase: idle, in progress (it has attempts), or done (paper §3.2). */
export class Task {
  readonly index: number;
  readonly attempts = new Map<string, Attempt>();
  isDone = false;
  /** Of a map task that is done: where its output is. */
  output: MapOutput | undefined;
  /** What it adds to the job's sums: the first execution's that was completed (paper §4.8). */
  tally: Tally | undefined;
  /** Records or keys that are to be left out (paper §4.6). */
  readonly skip = new Set<number | string>();
  /** For each record or key on which the application has failed: how often. */
  readonly #failuresOn = new Map<number | string, number>();
  #failures = 0;

  constructor(index: number) {
    this.index = index;
  }

  get isIdle(): boolean {
    return !this.isDone && this.attempts.size === 0;
  }

  /** The application has failed. Gives whether there is no hope left. */
  failed({ record }: FailedReport, skipBadRecords: boolean): boolean {
    if (!skipBadRecords || record === undefined) return ++this.#failures >= MAX_TASK_FAILURES;
    const failures = (this.#failuresOn.get(record) ?? 0) + 1;
    this.#failuresOn.set(record, failures);
    if (failures >= 2) this.skip.add(record);
    return false;
  }
}

/** A task is not given to a second worker before it has taken so long, whatever the others took. */
const LEAST_BACKUP_MS = 1_000;
/** … nor before it has taken so many times what finished tasks took on average. */
const BACKUP_FACTOR = 2;
/** While no task of the phase has finished, there is nothing to compare with. */
const BACKUP_WITHOUT_EXAMPLE_MS = 10_000;

/** The tasks of one phase. */
export class Phase {
  readonly tasks: readonly Task[];
  #done = 0;
  #attempts = 0;
  #backups = 0;
  /** How long finished attempts took, in all, and how many they are. */
  #tookMs = 0;
  #took = 0;

  constructor(count: number) {
    this.tasks = Array.from({ length: count }, (_, index) => new Task(index));
  }

  get isDone(): boolean {
    return this.#done === this.tasks.length;
  }

  /** A task that nobody is executing. */
  idle(): Task | undefined {
    return this.tasks.find((task) => task.isIdle);
  }

  /**
   * A straggler: the task that has been in progress longest, if that is unusually long and nobody else is executing it
   * besides (paper §3.6).
   */
  straggler(now: number, worker: NodeId): Task | undefined {
    const mean = this.#took === 0 ? BACKUP_WITHOUT_EXAMPLE_MS / BACKUP_FACTOR : this.#tookMs / this.#took;
    let oldest = now - Math.max(LEAST_BACKUP_MS, BACKUP_FACTOR * mean);
    let found: Task | undefined;
    for (const task of this.tasks) {
      const [attempt] = task.attempts.values();
      if (task.isDone || attempt === undefined || task.attempts.size > 1 || attempt.worker === worker)
        continue;
      if (attempt.startedAt > oldest) continue;
      oldest = attempt.startedAt;
      found = task;
    }
    return found;
  }

  begin(task: Task, attempt: Attempt): void {
    this.#attempts++;
    if (task.attempts.size > 0) this.#backups++;
    task.attempts.set(attempt.id, attempt);
  }

  /** The first execution of a task that is completed counts; of the others nothing does. Gives whether it was first. */
  complete(task: Task, attempt: string, tally: Tally, now: number): boolean {
    const begun = task.attempts.get(attempt);
    if (task.isDone) return false;
    if (begun !== undefined) {
      this.#took++;
      this.#tookMs += now - begun.startedAt;
    }
    task.isDone = true;
    task.attempts.clear();
    task.tally ??= tally;
    this.#done++;
    return true;
  }

  /** What the task has done is lost: it is to be done again. */
  undo(task: Task): void {
    if (!task.isDone) return;
    task.isDone = false;
    task.output = undefined;
    this.#done--;
  }

  progress(): PhaseProgress {
    return {
      total: this.tasks.length,
      done: this.#done,
      running: this.tasks.reduce((sum, { attempts }) => sum + (attempts.size > 0 ? 1 : 0), 0),
      backups: this.#backups,
      attempts: this.#attempts,
    };
  }
}

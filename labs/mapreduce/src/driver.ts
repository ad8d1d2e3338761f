import type { Coordinator, JobProgress, MapReduceWorker } from '@lockstep/api';
import type { BootContext } from '@lockstep/test-harness/suite';
import type { HeldBytes } from './held-bytes.ts';
import type { Seen } from './seen.ts';

/** One boot of one machine, as this lab holds it. */
export type Driver = CoordinatorDriver | WorkerDriver;

/** The coordinator: its progress is read after each event, and shown to the judges when it has changed. */
export class CoordinatorDriver {
  readonly role = 'coordinator';
  progress: JobProgress | undefined;
  readonly #coordinator: Coordinator;
  readonly #context: BootContext<Seen>;
  #shown = '';

  constructor(coordinator: Coordinator, context: BootContext<Seen>) {
    this.#coordinator = coordinator;
    this.#context = context;
  }

  sample(): void {
    // What it throws is the implementation's crash, or says that it is not written yet.
    const said = this.#coordinator.progress();
    let progress: JobProgress;
    try {
      progress = this.#context.copy(said, 'the progress');
    } catch (error) {
      const what = error instanceof Error ? error.message : 'progress() gave something that cannot be copied';
      return this.#context.observe({ kind: 'misused', what });
    }
    const lacking = lackingProgress(progress);
    if (lacking !== undefined)
      return this.#context.observe({ kind: 'misused', what: `progress(): ${lacking}` });
    const shown = JSON.stringify(progress);
    if (shown === this.#shown) return;
    const isNews = progress.state !== this.progress?.state;
    this.#shown = shown;
    this.progress = progress;
    const text = isNews ? { text: `says that the job is ${progress.state}` } : {};
    this.#context.observe({ kind: 'progressed', ...text, progress });
  }
}

/** A worker, and how fast its machine is. */
export class WorkerDriver {
  readonly role = 'worker';
  isFinished = false;
  readonly #worker: MapReduceWorker;
  readonly #context: BootContext<Seen>;
  readonly #speed: { pace: number };
  readonly #held: HeldBytes;

  constructor(worker: MapReduceWorker, context: BootContext<Seen>, speed: { pace: number }, held: HeldBytes) {
    this.#worker = worker;
    this.#context = context;
    this.#speed = speed;
    this.#held = held;
  }

  /** The most bytes of intermediate data that it has had in memory between two writes to its disk. */
  get mostHeldBytes(): number {
    return this.#held.most;
  }

  /** From now on the application takes so many times as long here. */
  setPace(pace: number): void {
    this.#speed.pace = pace;
  }

  sample(): void {
    const status: unknown = this.#worker.status();
    if (status !== 'working' && status !== 'finished') {
      this.#context.observe({ kind: 'misused', what: 'status() gave neither "working" nor "finished"' });
    } else if (status === 'finished' && !this.isFinished) {
      this.isFinished = true;
      this.#context.observe({ kind: 'worker-finished', text: 'is finished' });
    }
  }
}

/** What is wrong with the shape of a progress, in a sentence. */
export function lackingProgress(progress: unknown): string | undefined {
  if (typeof progress !== 'object' || progress === null) return 'it is no object';
  const { state, map, reduce, inputBytes, counters, skipped, workers } = progress as Record<string, unknown>;
  if (state !== 'running' && state !== 'succeeded' && state !== 'failed')
    return 'its state is none of the three';
  for (const [name, phase] of Object.entries({ map, reduce })) {
    for (const field of ['total', 'done', 'running', 'backups', 'attempts']) {
      if (!isCount(phase, field)) return `${name}.${field} is no count`;
    }
  }
  for (const field of ['total', 'done'])
    if (!isCount(inputBytes, field)) return `inputBytes.${field} is no count`;
  if (typeof counters !== 'object' || counters === null) return 'its counters are no object';
  for (const [name, value] of Object.entries(counters))
    if (typeof value !== 'number') return `the counter ${name} is no number`;
  if (!isCount({ skipped }, 'skipped')) return 'skipped is no count';
  return isCount({ workers }, 'workers') ? undefined : 'workers is no count';
}

function isCount(holder: unknown, field: string): boolean {
  if (typeof holder !== 'object' || holder === null) return false;
  const value = (holder as Readonly<Record<string, unknown>>)[field];
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

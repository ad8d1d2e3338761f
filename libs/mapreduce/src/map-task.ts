import type { Application, FileStore, Json, WorkerDeps } from '@lockstep/api';
import { ApplicationFailed, guarded } from './errors.ts';
import type { Lease } from './lease.ts';
import { readLines } from './lines.ts';
import { byCodeUnits } from './merge.ts';
import type { MapAssignment, MappedReport, RunIndex } from './messages.ts';
import { PairBuffer } from './pairs.ts';
import { hashPartition } from './partition.ts';
import { TextWriter, writeRun } from './runs.ts';
import { AttemptTally } from './tally.ts';

/** What a worker holds of intermediate data in memory unless told otherwise. */
const DEFAULT_MEMORY_BYTES = 64 * 1_048_576;

/** A task looks at its buffer, and at whether it is still wanted, after so many records. */
const RECORDS_BETWEEN_LOOKS = 256;

/**
 * Executes a map task (paper §3.1, steps 3 and 4): reads the split, hands each record to the application, buffers what
 * it emits, and writes that to the local disk, partitioned and sorted, whenever the buffer is full. The file is this
 * attempt's own, so that several executions of a task never meet.
 */
export class MapTask {
  readonly #app: Application;
  readonly #assignment: MapAssignment;
  readonly #shared: FileStore;
  readonly #memoryBytes: number;
  readonly #buffer: PairBuffer;
  readonly #writer: TextWriter;
  readonly #file: string;
  readonly #runs: RunIndex[] = [];
  readonly #tally = new AttemptTally();

  constructor(app: Application, assignment: MapAssignment, deps: WorkerDeps) {
    this.#app = app;
    this.#assignment = assignment;
    this.#shared = deps.shared;
    this.#memoryBytes = deps.memoryBytes ?? DEFAULT_MEMORY_BYTES;
    this.#buffer = new PairBuffer(app);
    this.#file = mapFile(assignment.attempt);
    this.#writer = new TextWriter(deps.local, this.#file);
  }

  /** @throws {@link ApplicationFailed}, {@link Abandoned}, or what the stores throw. */
  async run(lease: Lease): Promise<MappedReport> {
    const { split, task, attempt } = this.#assignment;
    let first = 0;
    for await (const lines of readLines(this.#shared, split)) {
      lease.check();
      await this.#mapLines(lines, first, lease);
      first += lines.length;
    }
    if (!this.#buffer.isEmpty) await this.#spill();
    lease.check();
    return { kind: 'mapped', task, attempt, file: this.#file, runs: this.#runs, ...this.#tally.result() };
  }

  async #mapLines(lines: readonly string[], first: number, lease: Lease): Promise<void> {
    const app = this.#app;
    const buffer = this.#buffer;
    const skip = new Set(this.#assignment.skip);
    const emit = (key: string, value: Json): void => buffer.add(key, value);
    const context = { path: this.#assignment.split.path, emit, count: this.#tally.count };
    for (let i = 0; i < lines.length; i++) {
      if (skip.size > 0 && skip.has(first + i)) {
        this.#tally.skipped++;
        continue;
      }
      try {
        const pending = app.map(lines[i] ?? '', context);
        if (pending !== undefined) await pending;
      } catch (error) {
        throw new ApplicationFailed(error, first + i);
      }
      if (i % RECORDS_BETWEEN_LOOKS > 0 && buffer.bytes < this.#memoryBytes) continue;
      lease.check();
      if (buffer.bytes >= this.#memoryBytes) await this.#spill();
    }
  }

  async #spill(): Promise<void> {
    const groups = guarded(() => this.#buffer.take());
    const partitions = guarded(() => this.#partition([...groups.keys()]));
    this.#runs.push(await writeRun(this.#writer, partitions, groups));
  }

  /** The keys of each partition, in order. */
  #partition(keys: readonly string[]): string[][] {
    const { reduceTasks } = this.#assignment;
    const app = this.#app;
    const partitions = Array.from({ length: reduceTasks }, (): string[] => []);
    for (const key of keys) {
      const number =
        app.partition === undefined ? hashPartition(key, reduceTasks) : app.partition(key, reduceTasks);
      const partition = partitions[number];
      if (partition === undefined) {
        throw new RangeError(
          `partition gave ${number} for "${key.slice(0, 40)}"; there are ${reduceTasks} reduce tasks`,
        );
      }
      partition.push(key);
    }
    const compare =
      app.compare === undefined ? byCodeUnits : (a: string, b: string) => app.compare?.(a, b) ?? 0;
    for (const partition of partitions) partition.sort(compare);
    return partitions;
  }
}

/** The file on the local disk that holds what a map attempt has emitted. */
export function mapFile(attempt: string): string {
  return `map-${attempt}`;
}

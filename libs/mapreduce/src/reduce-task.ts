import { FileError, outputPath } from '@lockstep/api';
import type { Application, Json, WorkerDeps } from '@lockstep/api';
import { ApplicationFailed } from './errors.ts';
import type { Lease } from './lease.ts';
import { byCodeUnits, Merge } from './merge.ts';
import type { ReduceAssignment, ReducedReport, Source } from './messages.ts';
import { RunCursor, TextWriter } from './runs.ts';
import { AttemptTally } from './tally.ts';

/** What all blocks together may take that are fetched or on their way, unless told otherwise. */
const DEFAULT_MEMORY_BYTES = 64 * 1_048_576;

/** A run is never fetched in smaller pieces than this, however many runs there are. */
const LEAST_FETCH_BYTES = 16_384;

/** Keys between two looks at whether the attempt is still wanted. */
const KEYS_BETWEEN_LOOKS = 256;

/** Gets bytes of a map task's output, wherever they are. */
export type Fetch = (source: Source, offset: number, length: number) => Promise<Uint8Array>;

/**
 * Executes a reduce task (paper §3.1, steps 5 and 6): fetches its partition of every map task's output, merges it by
 * key, hands each key with its values to the application, and writes what it says to a temporary file. Renaming that
 * file commits it: whole, and once, whoever else is executing the same task (paper §3.3).
 */
export class ReduceTask {
  readonly #app: Application;
  readonly #assignment: ReduceAssignment;
  readonly #deps: WorkerDeps;
  readonly #fetch: Fetch;
  readonly #temporary: string;
  readonly #tally = new AttemptTally();

  constructor(app: Application, assignment: ReduceAssignment, deps: WorkerDeps, fetch: Fetch) {
    this.#app = app;
    this.#assignment = assignment;
    this.#deps = deps;
    this.#fetch = fetch;
    this.#temporary = `${assignment.output}/tmp-${assignment.attempt}`;
  }

  /** @throws {@link ApplicationFailed}, {@link Abandoned}, {@link OutputLost}, or what the stores throw. */
  async run(lease: Lease): Promise<ReducedReport> {
    const { task, attempt, output } = this.#assignment;
    const { shared } = this.#deps;
    try {
      const app = this.#app;
      const merge = new Merge(app.compare === undefined ? byCodeUnits : (a, b) => app.compare?.(a, b) ?? 0);
      await merge.open(this.#cursors());
      await this.#reduceAll(merge, lease);
      lease.check();
      await shared.rename(this.#temporary, outputPath(output, task));
    } catch (error) {
      await shared.remove(this.#temporary);
      // Another execution of this task was first, and its output is as good.
      if (!(error instanceof FileError) || error.code !== 'exists') throw error;
    }
    return { kind: 'reduced', task, attempt, ...this.#tally.result() };
  }

  async #reduceAll(merge: Merge, lease: Lease): Promise<void> {
    const app = this.#app;
    const skip = new Set(this.#assignment.skip);
    const writer = new TextWriter(this.#deps.shared, this.#temporary);
    const context = { write: (line: string): void => writer.add(`${line}\n`), count: this.#tally.count };
    let keys = 0;
    for (let key = merge.key; key !== undefined; key = merge.key) {
      const values: Json[] = [];
      const fetching = merge.take(values);
      if (fetching !== undefined) await fetching;
      if (keys++ % KEYS_BETWEEN_LOOKS === 0) lease.check();
      if (skip.has(key)) {
        this.#tally.skipped++;
        continue;
      }
      try {
        const pending = app.reduce(key, values, context);
        if (pending !== undefined) await pending;
      } catch (error) {
        throw new ApplicationFailed(error, key);
      }
      if (writer.isFull) await writer.flush();
    }
    await writer.flush();
  }

  #cursors(): RunCursor[] {
    const { sources } = this.#assignment;
    const { local, memoryBytes = DEFAULT_MEMORY_BYTES } = this.#deps;
    const runs = sources.reduce((sum, { ranges }) => sum + ranges.length, 0);
    // For each run, one block is being read while the next is on its way.
    const share = Math.floor(memoryBytes / Math.max(1, 2 * runs));
    const blockBytes = Math.min(local.blockBytes, Math.max(LEAST_FETCH_BYTES, share));
    return sources.flatMap((source) =>
      source.ranges.map(
        (range) => new RunCursor((offset, length) => this.#fetch(source, offset, length), range, blockBytes),
      ),
    );
  }
}

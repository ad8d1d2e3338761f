import type { Job, JobOutcome, Row } from '@lockstep/test-harness/runner';
import { failureVerdictSchema } from '@lockstep/test-harness/trace';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Engine } from './engine.ts';

/*
 * A run is a pure function of the implementation, of our own programs, of the test and the seed; so one that was made
 * once need not be made again. What a grading has run lies beside its results, and a regrade with other points, another
 * policy or more students runs only what is new. Seeds are not in the files: a run goes by a hash of what it was.
 */

const COUNTERS = { calls: 0, messages: 0, bytes: 0, events: 0, timers: 0, diskWrites: 0, diskBytes: 0 };

const lineSchema = z.strictObject({
  key: z.string(),
  test: z.string(),
  verdict: z.discriminatedUnion('status', [
    z.strictObject({ status: z.literal('pass') }),
    failureVerdictSchema,
  ]),
  reached: z.array(z.string()),
  traceHash: z.string(),
  simulatedMs: z.number(),
  wallMs: z.number(),
  /** The limits under which it was charged without being run. */
  limits: z.string().exactOptional(),
});

type StoredRun = z.infer<typeof lineSchema>;

/** The engine, which makes no run that lies in this folder already, and puts there what it makes. */
export function withStoredRuns(engine: Engine, folder: string): Engine {
  const shelves = new Map<string, Promise<Shelf>>();
  const shelfOf = (job: Job): Promise<Shelf> => {
    const key = JSON.stringify([job.lab.id, job.implementation.hash, hashesOf(job), job.suites]);
    const shelf = shelves.get(key) ?? openShelf(engine, folder, job);
    shelves.set(key, shelf);
    return shelf;
  };
  return {
    discoverLabs: () => engine.discoverLabs(),
    readSubmission: (handin) => engine.readSubmission(handin),
    buildSources: (sources, lab) => engine.buildSources(sources, lab),
    buildReference: (lab, patchFile) => engine.buildReference(lab, patchFile),
    runIdentity: (lab, suites) => engine.runIdentity(lab, suites),
    runJob: async (job, onRow, options) => {
      if (!isPlain(job)) return engine.runJob(job, onRow, options);
      return runMissing(engine, await shelfOf(job), job, onRow, options);
    },
  };
}

/** Whether the job's rows are a function of code, test and seed alone, and nobody wants more than their verdicts. */
function isPlain({ record, recordChoices, explore, inspect, debug, untilFailure, runs }: Job): boolean {
  const isSpecial = [record, recordChoices, explore, inspect, untilFailure].includes(true);
  return !isSpecial && debug === undefined && runs.every((run) => Object.keys(run).length === 2);
}

async function runMissing(
  engine: Engine,
  shelf: Shelf,
  job: Job,
  onRow: (row: Row) => void,
  options: { signal?: AbortSignal },
): Promise<JobOutcome> {
  const limits = JSON.stringify(job.limits ?? {});
  const known: Row[] = [];
  const missing = job.runs.filter((run) => {
    const row = shelf.get(run, limits);
    if (row !== undefined) known.push(row);
    return row === undefined;
  });
  for (const row of known) {
    if (options.signal?.aborted === true) return { rows: known };
    onRow(row);
  }
  if (missing.length === 0) return { rows: known };
  const earlier = [...(job.earlier ?? []), ...known];
  const outcome = await engine.runJob(
    { ...job, runs: missing, earlier },
    (row) => {
      shelf.put(row, limits);
      onRow(row);
    },
    options,
  );
  return { ...outcome, rows: [...known, ...outcome.rows] };
}

/** All code that lies below, and what stands in for it. */
function hashesOf({ layers, references = {} }: Job): [id: string, hash: string][] {
  return [...Object.entries(layers), ...Object.entries(references)].map(([id, { hash }]) => [id, hash]);
}

async function openShelf(engine: Engine, folder: string, job: Job): Promise<Shelf> {
  const suites = job.suites ?? [];
  const identity = await engine.runIdentity(job.lab, suites);
  const origin = digest(identity, job.implementation.hash, hashesOf(job));
  const name = `${job.lab.id}-${job.implementation.hash.slice(0, 12)}-${origin.slice(0, 12)}.ndjson`;
  return new Shelf(join(folder, name), origin);
}

/** The runs of one implementation by one edition of the suite. */
class Shelf {
  readonly #file: string;
  readonly #origin: string;
  readonly #runs: Map<string, StoredRun>;

  constructor(file: string, origin: string) {
    this.#file = file;
    this.#origin = origin;
    this.#runs = new Map(readLines(file).map((run) => [run.key, run]));
  }

  get({ test, seed }: { readonly test: string; readonly seed: string }, limits: string): Row | undefined {
    const run = this.#runs.get(this.#keyOf(test, seed));
    if (run === undefined || run.test !== test) return undefined;
    if (run.limits !== undefined && run.limits !== limits) return undefined;
    const { verdict, reached, traceHash, simulatedMs, wallMs } = run;
    const unknown = { counters: COUNTERS, faults: {}, bounds: [], plan: null };
    const charged = run.limits === undefined ? {} : { notRun: true as const };
    return { test, seed, verdict, reached, traceHash, simulatedMs, wallMs, ...unknown, ...charged };
  }

  put(row: Row, limits: string): void {
    const { test, verdict, reached, traceHash, simulatedMs, wallMs } = row;
    const key = this.#keyOf(test, row.seed);
    const charged = row.notRun === true ? { limits } : {};
    const rest = { verdict, reached: [...reached], traceHash, simulatedMs, wallMs };
    const run: StoredRun = { key, test, ...rest, ...charged };
    this.#runs.set(key, run);
    mkdirSync(dirname(this.#file), { recursive: true });
    appendFileSync(this.#file, `${JSON.stringify(run)}\n`);
  }

  #keyOf(test: string, seed: string): string {
    return digest(this.#origin, test, seed).slice(0, 32);
  }
}

/** What an interruption cut off, or anybody has changed, is run again. */
function readLines(file: string): StoredRun[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => {
    try {
      return [lineSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

function digest(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

import { createHash } from 'node:crypto';
import type { Sources } from '@lockstep/test-harness/load';
import { readSubmission } from '@lockstep/test-harness/runner';
import type {
  BuildOutcome,
  Handin,
  Job,
  JobOutcome,
  LabInfo,
  ReadOutcome,
  Row,
  TestInfo,
} from '@lockstep/test-harness/runner';
import { makeGrading, NO_CONFIG } from '../src/index.ts';
import type { Engine, Grading, GradingConfig } from '../src/index.ts';

/** What a run of a made-up implementation does; a hang takes the child down, and `charged` is not made at all. */
export type Outcome =
  | 'pass'
  | 'fail'
  | 'not-implemented'
  | 'hang'
  | 'memory'
  | 'charged'
  | { readonly reached: readonly string[] };

export function makeTest(id: string, points: number, situations: TestInfo['situations'] = {}): TestInfo {
  return { id, title: `Title of ${id}`, about: `About ${id}.`, points, servers: 3, course: [], situations };
}

export function makeLab(tests: readonly TestInfo[], id = 'toy'): LabInfo {
  return {
    id,
    title: `The ${id} lab`,
    folder: `/labs/${id}`,
    entry: `${id}.ts`,
    contract: `${id}/1`,
    reference: `/libs/${id}/src/${id}.ts`,
    libraries: {},
    layers: [],
    parts: [{ id: 'A', title: 'First', tests }],
    scenarios: [],
  };
}

const counters = { calls: 0, messages: 0, bytes: 0, events: 10, timers: 0, diskWrites: 0, diskBytes: 0 };

export function makeRow(test: string, seed: string, outcome: Outcome): Row {
  const base = { test, seed, simulatedMs: 5, counters, faults: {}, bounds: [], plan: null, wallMs: 1 };
  const hashed = {
    ...base,
    traceHash: createHash('sha256').update(`${test} ${seed}`).digest('hex').slice(0, 16),
    reached: [],
  };
  const lost = { ...base, traceHash: '', reached: [] };
  const fail = { status: 'fail', property: 'a property', message: 'it broke', atMs: 4 } as const;
  if (outcome === 'pass') return { ...hashed, verdict: { status: 'pass' } };
  if (outcome === 'fail') return { ...hashed, verdict: { ...fail, kind: 'safety', node: 'n1' } };
  if (outcome === 'not-implemented') {
    return { ...hashed, verdict: { ...fail, kind: 'crash', property: 'implemented', notImplemented: true } };
  }
  if (outcome === 'hang') return { ...lost, verdict: { ...fail, kind: 'hang', property: 'yields control' } };
  if (outcome === 'charged')
    return { ...lost, verdict: { ...fail, kind: 'hang', property: 'yields control' }, notRun: true };
  if (outcome === 'memory')
    return { ...lost, verdict: { ...fail, kind: 'crash', property: 'bounded memory' } };
  return { ...hashed, reached: outcome.reached, verdict: { status: 'pass' } };
}

/** What a `grading.yaml` with this content says; `folder` is where it would be. */
export function makeToyGrading(
  labs: readonly LabInfo[],
  config: Partial<GradingConfig> = {},
  folder = '/',
): Promise<Grading> {
  return makeGrading({
    labs,
    read: { ...NO_CONFIG, config: { ...NO_CONFIG.config, ...config }, folder },
    seeds: config.seeds ?? 3,
    env: { COURSE_SECRET: 'a secret of the course' },
    withSuites: (lab) => Promise.resolve(lab),
  });
}

/** Decides each run by the implementation's name, the test and the seed. */
export type Script = (run: {
  readonly name: string;
  readonly test: string;
  readonly seed: string;
}) => Outcome;

/** An engine whose implementations are what a script says; keeps what it was asked for. */
export class ScriptedEngine implements Engine {
  readonly jobs: Job[] = [];
  /** The edition of the suite. */
  identity = 'first edition';
  readonly #labs: readonly LabInfo[];
  readonly #script: Script;

  constructor(labs: readonly LabInfo[], script: Script) {
    this.#labs = labs;
    this.#script = script;
  }

  discoverLabs(): Promise<readonly LabInfo[]> {
    return Promise.resolve(this.#labs);
  }

  readSubmission(handin: Handin): Promise<ReadOutcome> {
    return readSubmission(handin);
  }

  buildSources({ name }: Pick<Sources, 'name'>): Promise<BuildOutcome> {
    if (name === 'broken') {
      return Promise.resolve({ ok: false, code: 'syntax', message: 'toy.ts:1:3: Expected ";".' });
    }
    return Promise.resolve({ ok: true, bundle: { name, hash: `hash of ${name}`, js: '', map: '' } });
  }

  buildReference(): Promise<BuildOutcome> {
    return this.buildSources({ name: 'reference' });
  }

  runIdentity(): Promise<string> {
    return Promise.resolve(this.identity);
  }

  async runJob(job: Job, onRow: (row: Row) => void, options: { signal?: AbortSignal }): Promise<JobOutcome> {
    this.jobs.push(job);
    const rows: Row[] = [];
    for (const { test, seed } of job.runs) {
      if (options.signal?.aborted === true) break;
      const row = makeRow(test, seed, this.#script({ name: job.implementation.name, test, seed }));
      rows.push(row);
      onRow(row);
      await Promise.resolve();
    }
    return { rows };
  }

  /** Runs asked for, of all jobs that record nothing. */
  get runs(): readonly { readonly test: string; readonly seed: string }[] {
    return this.jobs.filter(({ record }) => record !== true).flatMap(({ runs }) => runs);
  }
}

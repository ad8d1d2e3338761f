import type { Sources } from '../load/sources.ts';
import type { RunResult } from './run.ts';

/** A lab as the parent process knows it: data, read once from the lab's own definition. */
export interface LabInfo {
  readonly id: string;
  readonly title: string;
  /** Absolute path of the lab's folder. */
  readonly folder: string;
  readonly entry: string;
  readonly contract: string;
  /** Absolute path of the reference's entry file. */
  readonly reference: string;
  /** Absolute paths of the entry files of the libraries that the reference imports, by the names that it does it by. */
  readonly libraries: Readonly<Record<string, string>>;
  readonly layers: readonly string[];
  readonly parts: readonly PartInfo[];
  /** Tests made to be explored; see `Lab.scenarios`. */
  readonly scenarios: readonly TestInfo[];
}

/** See `Part`. */
export interface PartInfo {
  readonly id: string;
  readonly title: string;
  readonly tests: readonly TestInfo[];
}

/** See `Test`; only what is data. */
export interface TestInfo {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly points: number;
  readonly servers: number;
  readonly course: readonly string[];
  readonly situations: Readonly<Record<string, 'always' | { readonly atLeast: number; readonly of: number }>>;
}

/** An implementation's code, bundled: what a run child gets. */
export interface Bundle {
  /** For reports: the folder's name, `reference`, or `reference + <patch>`. */
  readonly name: string;
  /** SHA-256 over the sources (names and contents), in hex: the implementation's identity in artefacts. */
  readonly hash: string;
  readonly js: string;
  /** Source map (JSON) of `js`; its sources are relative to the submission's folder, or file URLs for a debugger. */
  readonly map: string;
}

/**
 * What became of bundling. A failure is the submission's, said in one sentence, with file and line where there is one.
 */
export type BuildOutcome =
  | { readonly ok: true; readonly bundle: Bundle }
  | { readonly ok: false; readonly code: BuildFailureCode; readonly message: string };

/** Something that was handed in. */
export interface Handin {
  /** For reports; see `Submission.name` in the grader. */
  readonly name: string;
  /** Absolute path of a folder or an archive; of the folder around them for single files. */
  readonly path: string;
  /** Single files: absolute paths by the names under which they were handed in. */
  readonly files?: ReadonlyMap<string, string>;
}

/** What became of reading a submission. */
export type ReadOutcome =
  | { readonly ok: true; readonly sources: Sources }
  | { readonly ok: false; readonly code: BuildFailureCode; readonly message: string };

/** Why a submission could not be bundled. */
export type BuildFailureCode =
  | 'no-folder'
  | 'no-entry'
  | 'refused-file'
  | 'syntax'
  | 'refused-import'
  | 'build-crashed'
  | 'build-timeout'
  | 'bad-patch';

/** One run that is asked for. */
export interface AskedRun {
  readonly test: string;
  readonly seed: string;
  /** Choices that replace the seed's own. */
  readonly overrides?: Readonly<Record<string, number>>;
  /** Replaces the plan that the test would draw. */
  readonly plan?: unknown;
  /** The run fails when it comes to more events. */
  readonly maxEvents?: number;
}

/** What run children are asked to do, in that order. */
export interface Job {
  readonly lab: LabInfo;
  readonly implementation: Bundle;
  readonly layers: Readonly<Record<string, Bundle>>;
  /** References of layers that are not references themselves; see `Test.asksOfLayers`. */
  readonly references?: Readonly<Record<string, Bundle>>;
  /** Further suite files (a teacher's hidden tests, a student's scenario), absolute paths. */
  readonly suites?: readonly string[];
  readonly runs: readonly AskedRun[];
  /** Stop after the first run that fails. */
  readonly untilFailure?: boolean;
  /** Record full traces: for replays and failure artefacts. */
  readonly record?: boolean;
  /** These runs are known to take their process down: it need not be seen twice. */
  readonly areLost?: boolean;
  /** Keep the value of every choice made, for shrinking and exploration. */
  readonly recordChoices?: boolean;
  /** Measure what exploration needs. */
  readonly explore?: boolean;
  readonly inspect?: boolean;
  /**
   * Rows of earlier jobs of the same code: runs that took their process down there count in {@link Limits.lostRuns}.
   */
  readonly earlier?: readonly Row[];
  /** Wall time that earlier jobs of the same code took, in ms; counts in {@link Limits.wallMs}. Default 0. */
  readonly spentMs?: number;
  readonly limits?: Partial<Limits>;
  /** `--inspect-brk` for the child; lifts all wall limits. */
  readonly debug?: { readonly node?: string; readonly fromMs?: number };
}

/** Limits outside the simulation: backstops, which never decide between pass and fail of code that ends. */
export interface Limits {
  /**
   * Wall time of one slice of the simulation, in ms. Exceeded: run again alone with ten times as much before `hang` is
   * said, and with a hundred times as much when a busy machine gave it less than half of this in processor time.
   */
  readonly sliceMs: number;
  /** Heap of the run child, in MiB. */
  readonly heapMb: number;
  /** Wall time that runs may take in vain (hangs, crashes), in ms; then the others are charged without being made. */
  readonly lostMs: number;
  /** Runs of one test that may take their process down; then its other seeds are charged without being made. */
  readonly lostRuns: number;
  /** Tests that may lose runs in this way; then those without a single pass are charged. No bound unless told. */
  readonly lostTests: number;
  /**
   * Wall time of the whole job and of earlier ones, in ms; then whatever has not ended is charged. No bound unless
   * told.
   */
  readonly wallMs: number;
}

/** One row of a job: a run that ended, or one that took its child down. */
export interface Row extends RunResult {
  /** Wall time of this run, in ms. Not part of what is reproducible. */
  readonly wallMs: number;
  /** The run was not made: others like it took their process down. */
  readonly notRun?: true;
}

/** What happened to a job as a whole. */
export interface JobOutcome {
  readonly rows: readonly Row[];
  /** Our own fault, if any: a sentence. Runs without a row were not graded. */
  readonly internalError?: string;
}

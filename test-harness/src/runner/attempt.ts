import { randomBytes } from 'node:crypto';
import { ChildKeeper } from './child-keeper.ts';
import type { ChildEnd } from './child-process.ts';
import type { RunJobOptions } from './drive.ts';
import { bundleOf } from './bundles.ts';
import type { Bundle, Job, Row } from './engine.ts';
import { labProgram } from './programs.ts';
import type { Whereabouts } from './run.ts';
import { STACK_MB } from './os-walls.ts';
import { stackEndHere, stackFlag } from './stack-end.ts';
import type { StackEnd } from './stack-end.ts';
import { firstIssue, parseChildLine } from './row-schema.ts';
import type { ChildMessage, CodeRequest, RunRequest } from './wire.ts';

/** Heap of a run child unless told otherwise, in MiB. */
const DEFAULT_HEAP_MB = 256;
/** Wall time of one slice unless told otherwise, in ms. */
export const DEFAULT_SLICE_MS = 500;
/** What a process may have besides its heap: code, stacks, buffers. In MiB. */
export const DATA_BESIDE_HEAP_MB = 400;
/** A recording is kept in the child's heap until its run has ended. */
const RECORDING_HEAP_MB = 256;
/** Where a debugger finds the child; the port that they look at by themselves. */
const DEBUGGER_PORT = 9229;
/** A child that says nothing for so long is stuck where its own watchdog can't reach. */
const SILENCE_MS = 60_000;

/** What one child made of its runs. */
export interface Attempt {
  /** Runs by their position in the job that the child has begun, but not ended. */
  readonly openRun: number | undefined;
  /** The run that did not give control back, where it was, and how much processor time (ms) it had for that. */
  readonly hang: (Whereabouts & { readonly run: number; readonly cpuMs: number }) | undefined;
  /** Every run was done, and the child ended as it should. */
  readonly isComplete: boolean;
  /** The child did anything at all. */
  readonly hasBegun: boolean;
  readonly end: ChildEnd;
  readonly heapMb: number;
  /** Faults of the harness or the suite, by run. */
  readonly defects: ReadonlyMap<number, string>;
}

/** What an attempt is told besides the job's options. */
export interface AttemptOptions extends RunJobOptions {
  /** Default: `fatal`, where the machine can make it so, and no debugger is to look at it. */
  readonly stackEnd?: StackEnd;
}

/**
 * Has one child do these runs of the job.
 *
 * @param runs positions in the job's list.
 * @param onRow called with the position and the row of each run that ended.
 */
export async function attempt(
  job: Job,
  runs: readonly number[],
  sliceMs: number,
  onRow: (run: number, row: Row) => void,
  { signal, keeper = new ChildKeeper(1), stackEnd: wanted = 'fatal' }: AttemptOptions,
): Promise<Attempt> {
  const script = await bundleOf(labProgram(job.lab.id, job.lab.folder, job.suites ?? []));
  const token = randomBytes(16).toString('hex');
  const heapMb = (job.limits?.heapMb ?? DEFAULT_HEAP_MB) + (job.record === true ? RECORDING_HEAP_MB : 0);
  const reader = new MessageReader(job, runs, token, onRow);
  const isDebugged = job.debug !== undefined;
  const stackEnd = stackEndHere(isDebugged ? 'thrown' : wanted);
  const child = {
    script,
    nodeFlags: nodeFlags(script, heapMb, { isDebugged, stackEnd }),
    dataMb: heapMb + DATA_BESIDE_HEAP_MB,
    ...(stackEnd === 'fatal' ? { stackMb: STACK_MB } : {}),
    maxLineBytes: (job.record === true || job.recordChoices === true ? 256 : 4) * 2 ** 20,
    isDebugged,
  };
  const end = await keeper.ask(child, {
    input: JSON.stringify(requestFor(job, runs, sliceMs, token)),
    onLine: (line) => reader.read(line),
    signal,
    ...(isDebugged ? {} : { silenceMs: Math.max(SILENCE_MS, 4 * sliceMs) }),
  });
  return { ...reader.state, end, heapMb };
}

interface FlagChoices {
  readonly isDebugged?: boolean;
  readonly stackEnd?: StackEnd;
}

/** Flags that make a run child the same everywhere, and leave it nothing but its own script to read. */
export function nodeFlags(
  script: string,
  heapMb: number,
  { isDebugged, stackEnd }: FlagChoices = {},
): string[] {
  return [
    stackFlag(stackEnd ?? 'thrown'),
    `--max-old-space-size=${heapMb}`,
    '--max-semi-space-size=16',
    '--disable-proto=delete',
    // An interpreted pattern backtracks further than a compiled one, and all nodes share what is compiled.
    '--no-regexp-tier-up',
    '--no-addons',
    '--no-warnings',
    // The inspector is one of the things that the permission model takes away.
    ...(isDebugged === true
      ? [`--inspect=127.0.0.1:${DEBUGGER_PORT}`]
      : ['--experimental-permission', `--allow-fs-read=${script}`]),
  ];
}

function requestFor(job: Job, runs: readonly number[], sliceMs: number, token: string): RunRequest {
  return {
    kind: 'run',
    token,
    implementation: codeOf(job.implementation),
    layers: codesOf(job.layers),
    references: codesOf(job.references ?? {}),
    runs: runs.flatMap((run) => job.runs[run] ?? []),
    untilFailure: job.untilFailure === true,
    sliceMs,
    record: job.record === true,
    recordChoices: job.recordChoices === true,
    explore: job.explore === true,
    inspect: job.inspect === true,
    ...(job.debug === undefined ? {} : { debug: job.debug }),
  };
}

function codesOf(bundles: Readonly<Record<string, Bundle>>): Record<string, CodeRequest> {
  return Object.fromEntries(Object.entries(bundles).map(([id, bundle]) => [id, codeOf(bundle)]));
}

function codeOf({ name, js, map }: Bundle): CodeRequest {
  return { name, js, map };
}

/** Reads the child's lines; believes only those that carry the token and fit the runs that were asked for, in order. */
class MessageReader {
  readonly #job: Job;
  readonly #runs: readonly number[];
  readonly #token: string;
  readonly #onRow: (run: number, row: Row) => void;
  readonly #defects = new Map<number, string>();
  /** Position in `#runs` of the run that is expected to be under way. */
  #next = 0;
  #isOpen = false;
  #hang: Attempt['hang'];
  #isComplete = false;

  constructor(job: Job, runs: readonly number[], token: string, onRow: (run: number, row: Row) => void) {
    this.#job = job;
    this.#runs = runs;
    this.#token = token;
    this.#onRow = onRow;
  }

  get state(): Omit<Attempt, 'end' | 'heapMb'> {
    return {
      openRun: this.#isOpen ? this.#runs[this.#next] : undefined,
      hang: this.#hang,
      isComplete: this.#isComplete,
      hasBegun: this.#next > 0 || this.#isOpen || this.#hang !== undefined || this.#isComplete,
      defects: this.#defects,
    };
  }

  /** Whether the child has nothing more to say. */
  read(line: string): boolean {
    const message = parseChildLine(line, this.#token);
    if (message === undefined) return false;
    this.#take(message);
    return 'kind' in message && message.kind === 'end';
  }

  #take(message: NonNullable<ReturnType<typeof parseChildLine>>): void {
    if (!('kind' in message))
      return this.#defect(this.#next, `the child's answer has no valid form: ${firstIssue(message)}`);
    switch (message.kind) {
      case 'start':
        if (message.run === this.#next && this.#next < this.#runs.length) this.#isOpen = true;
        return;
      case 'row':
        return this.#row(message);
      case 'hang':
        return this.#heedHang(message);
      case 'defect':
        return this.#defect(message.run, message.message);
      case 'end':
        this.#isComplete = !this.#isOpen && this.#next === this.#runs.length;
        return;
      case 'lab':
      case 'beat':
        return;
    }
  }

  #isUnderWay(run: number): boolean {
    return this.#isOpen && run === this.#next;
  }

  #close(): number | undefined {
    this.#isOpen = false;
    return this.#runs[this.#next++];
  }

  #row({ run, wallMs, result }: Extract<ChildMessage, { kind: 'row' }>): void {
    if (!this.#isUnderWay(run)) return;
    const position = this.#runs[run] ?? -1;
    const asked = this.#job.runs[position];
    if (asked?.test !== result.test || asked.seed !== result.seed) return;
    this.#close();
    this.#onRow(position, { ...result, wallMs });
  }

  #heedHang(message: Extract<ChildMessage, { kind: 'hang' }>): void {
    if (!this.#isUnderWay(message.run)) return;
    const run = this.#close();
    if (run !== undefined) this.#hang = { ...message, run };
  }

  #defect(run: number, message: string): void {
    if (!this.#isUnderWay(run)) return;
    const position = this.#close();
    if (position !== undefined) this.#defects.set(position, message);
  }
}

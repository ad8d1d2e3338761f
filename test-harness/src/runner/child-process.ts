import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { osWalls, withinWalls } from './os-walls.ts';
import type { OsWall } from './os-walls.ts';

/** A child of ours: one script, documents in, lines out. */
export interface ChildOptions {
  /** Absolute path of the script, a bundle of our own. */
  readonly script: string;
  /** Flags of Node for the child. */
  readonly nodeFlags: readonly string[];
  /** Absolute paths that it reads besides its script. */
  readonly reads?: readonly string[];
  /** Bound on the memory that the process may have beside its code, in MiB; needs `prlimit`. */
  readonly dataMb: number;
  /** Bound on its stack, in MiB; needs `prlimit`. */
  readonly stackMb?: number;
  /** Bound on its processor time, in s; needs `prlimit`. */
  readonly cpuSeconds?: number;
  /** The longest line that is taken, in bytes; a longer one costs the child its life. */
  readonly maxLineBytes: number;
  /** A debugger is to reach the child, and its address the person at the terminal. */
  readonly isDebugged?: boolean;
}

/** One document for a child, and how long its answer may take. */
export interface Question {
  /** Written to its standard input, as one line. */
  readonly input: string;
  /** Called with each line that the child writes to file descriptor 3; whether the answer ends with this one. */
  readonly onLine: (line: string) => boolean;
  /** Bound on the wall time of the whole answer. */
  readonly wallMs?: number;
  /** Bound on the wall time between two lines. */
  readonly silenceMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Why the parent ended a child. */
export type KillReason = 'wall-time' | 'silence' | 'flood' | 'aborted';

/** How a child ended. */
export interface ChildEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly killed?: KillReason;
  /** The last of what it wrote to its standard error. */
  readonly errorText: string;
}

/** How much of the standard error is kept, in characters. */
const MAX_ERROR_TEXT = 16_384;

/** Leaders of the process groups that are alive. */
const alive = new Set<number>();
let watchesExit = false;

/**
 * A child process: an empty environment, no current folder of anybody's, a process group of its own, which is killed
 * for sure in the end. Answers one question after the other; never rejects because of what the child does.
 */
export class Child {
  readonly #process: ChildProcess;
  readonly #ended: Promise<ChildEnd>;
  #killed: KillReason | undefined;
  /** Takes the lines of the answer under way. */
  #heed: (line: string) => void = () => undefined;

  private constructor(process: ChildProcess, options: ChildOptions, walls: readonly OsWall[]) {
    this.#process = process;
    const errorText = collectErrors(process, options.isDebugged === true);
    readLines(process.stdio[3] as Readable, options.maxLineBytes, {
      line: (line) => this.#heed(line),
      tooLong: () => this.#kill('flood'),
    });
    this.#ended = this.#untilEnded(errorText, walls);
  }

  /** Starts a child behind the walls that this machine has. Rejects when the machine cannot start processes. */
  static async start(options: ChildOptions): Promise<Child> {
    const walls = osWalls().filter((wall) => options.isDebugged !== true || wall === 'limits');
    return new Child(await start(options, walls), options, walls);
  }

  /** Resolves when the answer is over: with how the child ended, or with `undefined` when it lives on. */
  async ask({ input, onLine, wallMs, silenceMs, signal }: Question): Promise<ChildEnd | undefined> {
    const abort = (): void => this.#kill('aborted');
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    const wall = wallMs === undefined ? undefined : setTimeout(() => this.#kill('wall-time'), wallMs);
    const silence = silenceMs === undefined ? undefined : setTimeout(() => this.#kill('silence'), silenceMs);
    const answered = new Promise<undefined>((resolve) => {
      this.#heed = (line) => {
        silence?.refresh();
        if (this.#killed === undefined && onLine(line)) resolve(undefined);
      };
    });
    this.#process.stdin?.write(`${input}\n`);
    try {
      return await Promise.race([this.#ended, answered]);
    } finally {
      signal?.removeEventListener('abort', abort);
      clearTimeout(wall);
      clearTimeout(silence);
    }
  }

  /** There will be no further question. Resolves when the child has ended. */
  end(): Promise<ChildEnd> {
    this.#process.stdin?.end();
    return this.#ended;
  }

  /** Ends the child, which has nothing more to say. */
  stop(): Promise<ChildEnd> {
    killGroup(this.#process.pid);
    return this.#ended;
  }

  #kill(reason: KillReason): void {
    this.#killed ??= reason;
    killGroup(this.#process.pid);
  }

  async #untilEnded(errorText: () => string, walls: readonly OsWall[]): Promise<ChildEnd> {
    const { pid } = this.#process;
    try {
      const [exitCode, signal] = readStatus(await ended(this.#process), walls);
      const killed = this.#killed;
      return { exitCode, signal, errorText: errorText(), ...(killed === undefined ? {} : { killed }) };
    } finally {
      // Whatever the child has left behind in its group ends with it.
      killGroup(pid);
      if (pid !== undefined) alive.delete(pid);
    }
  }
}

/** Asks a child of its own one question, and waits for its end. */
export async function runChild(
  options: ChildOptions & Omit<Question, 'onLine'> & { readonly onLine: (line: string) => void },
): Promise<ChildEnd> {
  if (options.signal?.aborted === true)
    return { exitCode: null, signal: null, killed: 'aborted', errorText: '' };
  const child = await Child.start(options);
  const onLine = (line: string): boolean => {
    options.onLine(line);
    return false;
  };
  const asked = child.ask({ ...options, onLine });
  const end = child.end();
  return (await asked) ?? end;
}

/** A busy machine may be out of processes or memory for a moment. */
const START_DELAYS_MS = [0, 200, 1000, 5000];

async function start(options: ChildOptions, walls: readonly OsWall[]): Promise<ChildProcess> {
  let failure: unknown;
  for (const delayMs of START_DELAYS_MS) {
    if (delayMs > 0) await sleep(delayMs);
    try {
      return await tryStart(options, walls);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function tryStart(options: ChildOptions, walls: readonly OsWall[]): Promise<ChildProcess> {
  const { script, nodeFlags, reads = [], dataMb, stackMb, cpuSeconds } = options;
  const needs = {
    script,
    reads,
    dataMb,
    ...(stackMb === undefined ? {} : { stackMb }),
    ...(cpuSeconds === undefined ? {} : { cpuSeconds }),
  };
  const { command, args } = withinWalls([process.execPath, ...nodeFlags, script], needs, walls);
  const child = spawn(command, args, {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    env: { TZ: 'UTC', LC_ALL: 'C' },
    cwd: '/',
    detached: true,
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  if (child.pid !== undefined) alive.add(child.pid);
  if (!watchesExit) {
    watchesExit = true;
    process.on('exit', () => {
      for (const pid of alive) killGroup(pid);
    });
  }
  // A child that dies early closes the pipe; how it died says more than this would.
  child.stdin?.on('error', () => undefined);
  return child;
}

type Status = readonly [exitCode: number | null, signal: string | null];

function ended(child: ChildProcess): Promise<Status> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve([exitCode, signal]));
  });
}

/**
 * Whoever starts the child in its namespaces tells of a signal as shells do. How a child ended is the same anywhere.
 */
function readStatus([exitCode, signal]: Status, walls: readonly OsWall[]): Status {
  if (!walls.includes('bubblewrap') || exitCode === null || exitCode <= 128) return [exitCode, signal];
  const name = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];
  return name === undefined ? [exitCode, signal] : [null, name];
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

/** Cuts a stream into lines; what follows the last line break is no line. */
function readLines(
  stream: Readable,
  maxBytes: number,
  on: { readonly line: (line: string) => void; readonly tooLong: () => void },
): void {
  let parts: Buffer[] = [];
  let size = 0;
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    let rest = chunk;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      parts.push(rest.subarray(0, end));
      on.line(Buffer.concat(parts).toString('utf8'));
      parts = [];
      size = 0;
      rest = rest.subarray(end + 1);
    }
    size += rest.length;
    if (size > maxBytes) {
      parts = [];
      size = 0;
      on.tooLong();
    } else if (rest.length > 0) parts.push(rest);
  });
}

function collectErrors(child: ChildProcess, show: boolean): () => string {
  let text = '';
  child.stderr?.on('error', () => undefined);
  child.stderr?.on('data', (chunk: Buffer) => {
    if (show) process.stderr.write(chunk);
    text = (text + chunk.toString('utf8')).slice(-MAX_ERROR_TEXT);
  });
  return () => text;
}

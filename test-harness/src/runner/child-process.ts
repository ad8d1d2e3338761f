import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** A child of ours: one script, one document in, lines out. */
export interface ChildOptions {
  /** Absolute path of the script, a bundle of our own. */
  readonly script: string;
  /** Flags of Node for the child. */
  readonly nodeFlags: readonly string[];
  /** Written to its standard input, which is then closed. */
  readonly input: string;
  /** Called with each line that the child writes to file descriptor 3. */
  readonly onLine: (line: string) => void;
  /** Bound on the memory that the process may have beside its code, in MiB; needs `prlimit`. */
  readonly dataMb: number;
  /** The longest line that is taken, in bytes; a longer one costs the child its life. */
  readonly maxLineBytes: number;
  /** Bound on the wall time of the whole child. */
  readonly wallMs?: number;
  /** Bound on the wall time between two lines. */
  readonly silenceMs?: number;
  /** Let the child speak to the person at the terminal: for a debugger's address. */
  readonly showErrors?: boolean;
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

const PRLIMIT = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path));

/** Leaders of the process groups that are alive. */
const alive = new Set<number>();
let watchesExit = false;

/**
 * Runs a child to its end: an empty environment, no current folder of anybody's, a process group of its own, which
 * is killed for sure in the end. Never rejects because of what the child does.
 */
export async function runChild(options: ChildOptions): Promise<ChildEnd> {
  if (options.signal?.aborted === true)
    return { exitCode: null, signal: null, killed: 'aborted', errorText: '' };
  const child = start(options);
  let killed: KillReason | undefined;
  const kill = (reason: KillReason): void => {
    killed ??= reason;
    killGroup(child.pid);
  };
  const abort = (): void => kill('aborted');
  options.signal?.addEventListener('abort', abort, { once: true });
  const wall = options.wallMs === undefined ? undefined : setTimeout(() => kill('wall-time'), options.wallMs);
  const silence = new Silence(options.silenceMs, () => kill('silence'));
  readLines(child.stdio[3] as Readable, options.maxLineBytes, {
    line: (line) => {
      silence.broken();
      if (killed === undefined) options.onLine(line);
    },
    tooLong: () => kill('flood'),
  });
  const errorText = collectErrors(child, options.showErrors === true);
  try {
    const [exitCode, signal] = await ended(child);
    return { exitCode, signal, errorText: errorText(), ...(killed === undefined ? {} : { killed }) };
  } finally {
    // Whatever the child has left behind in its group ends with it.
    killGroup(child.pid);
    if (child.pid !== undefined) alive.delete(child.pid);
    options.signal?.removeEventListener('abort', abort);
    clearTimeout(wall);
    silence.end();
  }
}

function start(options: ChildOptions): ChildProcess {
  const node = [process.execPath, ...options.nodeFlags, options.script];
  const limits = [`--data=${options.dataMb * 2 ** 20}`, '--core=0', '--nofile=64', '--fsize=1048576', '--'];
  const [command = '', ...args] = PRLIMIT === undefined ? node : [PRLIMIT, ...limits, ...node];
  const child = spawn(command, args, {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    env: { TZ: 'UTC', LC_ALL: 'C' },
    cwd: '/',
    detached: true,
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
  child.stdin?.end(options.input);
  return child;
}

function ended(child: ChildProcess): Promise<[exitCode: number | null, signal: string | null]> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve([exitCode, signal]));
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

/** Calls `onSilence` when nothing was heard for too long. */
class Silence {
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number | undefined, onSilence: () => void) {
    if (limitMs !== undefined) this.#timer = setTimeout(onSilence, limitMs);
  }

  broken(): void {
    this.#timer?.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
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

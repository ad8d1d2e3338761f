import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** A process to be started; its program begins with `runAsChild`. */
export interface ChildOptions<Settings, Message> {
  /** The program: a file that bare `node` runs. */
  readonly program: string;
  /** Options of `node` itself. */
  readonly nodeOptions?: readonly string[];
  /** What the program is given: anything that `structuredClone` takes. */
  readonly settings: Settings;
  /** What the program has told. */
  readonly received?: (message: Message) => void;
}

/** How a process has ended. */
export interface Ending {
  /** Its exit status; null when a signal has ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it has written last to standard output and standard error. */
  readonly output: string;
}

/** A process that this one has started. */
export interface RunningChild {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** Ends it at once, as `kill -9` does. */
  kill(): void;
}

const KEPT_CHARACTERS = 10_000;

/**
 * Starts a process. It is in a process group of its own, so that Ctrl-C on a terminal reaches this process alone, and
 * ends when this one does.
 *
 * @throws `Error` when the system can't start a process.
 */
export function startChild<Settings, Message>(options: ChildOptions<Settings, Message>): RunningChild {
  const child = fork(options.program, [], {
    execArgv: [...(options.nodeOptions ?? [])],
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = endingOf(child);
  const { pid } = child;
  if (pid === undefined) throw new Error(`the system can't start ${options.program}`);
  if (options.received !== undefined) {
    const { received } = options;
    child.on('message', (message) => received(message as Message));
  }
  // One that has ended before it took its settings is seen by its end.
  child.send(options.settings as object, () => undefined);
  return { pid, ended, kill: () => void child.kill('SIGKILL') };
}

function endingOf(child: ChildProcess): Promise<Ending> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => (output = (output + String(chunk)).slice(-KEPT_CHARACTERS)));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: null, signal: null, output: error.message }));
    // Not `exit`: what was written last may still be on its way then.
    child.on('close', (status, signal) => resolve({ status, signal, output }));
  });
}

import { watch } from 'chokidar';
import { basename } from 'node:path';
import { EXIT, UsageError } from './exit.ts';
import type { Io } from './io.ts';

/** Editors write a file in several steps; so long nothing may change before a run begins. */
const SETTLE_MS = 120;

/** Does `work` now and after each change of the folder, until interrupted. A run under way ends early. */
export async function watchFolder(
  io: Io,
  folder: string,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path) => isIgnored(path, folder),
  });
  let current = new AbortController();
  let wake: () => void = () => undefined;
  let isOver = false;
  let changes = 0;
  const interrupt = (): void => {
    isOver = true;
    current.abort();
    wake();
  };
  watcher.on('all', () => {
    changes++;
    current.abort();
    wake();
  });
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    while (!isOver) {
      const seen = await settled(() => changes);
      current = new AbortController();
      await attempt(io, work, current.signal);
      if (isOver) break;
      io.err(`Watching ${folder}; Ctrl-C ends it.`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (isOver || changes !== seen) resolve();
      });
    }
    return EXIT.interrupted;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await watcher.close();
  }
}

/** The number of changes, once it has stopped growing. */
async function settled(changes: () => number): Promise<number> {
  for (let before = -1; before !== changes(); ) {
    before = changes();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
  return changes();
}

/** While somebody types, the code is often wrong: that is said, and the next change awaited. */
async function attempt(
  io: Io,
  work: (signal: AbortSignal) => Promise<number>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await work(signal);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.err(`lockstep: ${error.message}`);
  }
}

function isIgnored(path: string, folder: string): boolean {
  const name = basename(path);
  return path !== folder && (name === 'node_modules' || name.startsWith('.'));
}

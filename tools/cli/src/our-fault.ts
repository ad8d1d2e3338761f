import { visibleLines } from '@lockstep/test-harness/trace';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Writes the details of a fault of ours where the reader can find them; returns the file. */
export function writeFault(details: string): string | undefined {
  for (const folder of [resolve('.lockstep'), join(tmpdir(), 'lockstep')]) {
    try {
      mkdirSync(folder, { recursive: true });
      const file = join(folder, 'fault.txt');
      const text = `Node ${process.version}\n${process.argv.slice(2).join(' ')}\n\n${details}\n`;
      writeFileSync(file, visibleLines(text));
      return file;
    } catch {
      // The current folder may be read-only; the next one is tried.
    }
  }
  return undefined;
}

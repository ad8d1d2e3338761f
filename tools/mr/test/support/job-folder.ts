import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { generateText, runJob } from '../../src/index.ts';
import type { JobOutcome, RunJobOptions } from '../../src/index.ts';

/** A folder with inputs and the outputs of jobs. */
export class JobFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'lockstep-mr-test-'));

  in(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.in(name), text);
    return this.in(name);
  }

  /** Generates text: a few files in a folder. */
  async generate(bytes: number, words = 2_000): Promise<string> {
    await generateText({ seed: 'tests', files: 4, bytes, words, folder: this.in('text') });
    return this.in('text');
  }

  /** Runs a job with two workers and three outputs, unless told otherwise. */
  run(app: string, inputs: readonly string[], options: Partial<RunJobOptions> = {}): Promise<JobOutcome> {
    return runJob({ app, inputs, out: this.in('out'), reduceTasks: 3, workers: 2, ...options });
  }

  /** What is in the folder of the outputs, hidden things aside. */
  outputs(out = 'out'): string[] {
    return readdirSync(this.in(out))
      .filter((name) => !name.startsWith('.'))
      .sort();
  }

  /** The lines of all outputs, one after the other. */
  lines(out = 'out'): string[] {
    const texts = this.outputs(out).map((name) => readFileSync(join(this.in(out), name), 'utf8'));
    return texts.join('').split('\n').slice(0, -1);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What the system's own tools give, as bytes. */
export function shell(script: string, ...args: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', ...args], {
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`the shell ended with status ${status}: ${String(stderr)}`);
  return stdout;
}

/** Word counts by other means: the text has nothing but words between spaces. */
export const awkCount = (folder: string): Buffer =>
  shell(
    `awk '{ for (i = 1; i <= NF; i++) n[$i]++ } END { for (w in n) print w, n[w] }' "$1"/* | sort`,
    folder,
  );

/** The outputs as one sorted text. */
export const merged = (out: string): Buffer => shell('sort -m "$1"/part-*', out);

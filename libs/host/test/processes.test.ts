import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChild } from '../src/index.ts';
import { bundleProgram } from './support/bundle.ts';
import type { Bundle } from './support/bundle.ts';
import { until } from './support/nodes.ts';
import type { PlainSettings } from './processes/plain-child.ts';

const WORDS = [new Uint8Array([1, 2, 3]), new Uint8Array([4])];

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a child process', () => {
  let program: Bundle;
  beforeAll(async () => {
    program = await bundleProgram('plain-child');
  });
  afterAll(() => program.remove());

  const start = (settings: PlainSettings, received?: (word: Uint8Array) => void) =>
    startChild({ program: program.path, settings, ...(received === undefined ? {} : { received }) });

  it('is given its settings, and tells its parent in order', async () => {
    const heard: Uint8Array[] = [];
    const child = start({ words: WORDS }, (word) => heard.push(word));
    await until(() => heard.length === 2);
    expect(heard).toEqual(WORDS);
    child.kill();
    expect(await child.ended).toMatchObject({ status: null, signal: 'SIGKILL' });
  });

  it('that fails ends with status 1, and its parent has the reason', async () => {
    const ending = await start({ words: [], fails: true }).ended;
    expect(ending.status).toBe(1);
    expect(ending.output).toContain('this child fails');
  });

  it('leaves Ctrl-C to its parent', async () => {
    let heard = 0;
    const child = start({ words: WORDS }, () => heard++);
    await until(() => heard === 2);
    process.kill(child.pid, 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isRunning(child.pid)).toBe(true);
    child.kill();
    await child.ended;
  });

  it('whose program is not there ends with the reason', async () => {
    const child = startChild({ program: join(program.path, 'none.mjs'), settings: {} });
    expect((await child.ended).output).toMatch(/Cannot find module/);
  });

  // tidy-allow hidden-test: it looks a process up in /proc, which is Linux's alone
  it.skipIf(!existsSync('/proc/self'))('ends when its parent is killed', async () => {
    // The parent of the child is a process of its own here: it starts the child, says its pid, and is killed.
    const source = `
      const { fork } = require('node:child_process');
      const child = fork(${JSON.stringify(program.path)}, [], { detached: true, serialization: 'advanced' });
      child.on('message', () => process.stdout.write(String(child.pid)));
      child.send({ words: [new Uint8Array(1)] });
    `;
    const parent = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.on('data', (chunk) => resolve(Number(String(chunk)))),
    );
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isRunning(pid));
  });
});

import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useOsWalls } from '../../src/runner/os-walls.ts';
import { runChild } from '../../src/runner/child-process.ts';
import { describeDeath, failedRow } from '../../src/runner/lost-run.ts';
import { parseChildLine } from '../../src/runner/row-schema.ts';
import { folderOf } from './echo.ts';

const TOKEN = 'secret';

function line(message: object): string {
  return JSON.stringify({ token: TOKEN, ...message });
}

describe('a line of a child', () => {
  const { wallMs, ...result } = failedRow(
    { test: 't', seed: '1' },
    { kind: 'hang', property: 'p', message: 'm' },
  );

  it('counts with the token of its request alone', () => {
    expect(parseChildLine(line({ kind: 'start', run: 0 }), TOKEN)).toEqual({ kind: 'start', run: 0 });
    expect(parseChildLine(JSON.stringify({ kind: 'start', run: 0 }), TOKEN)).toBeUndefined();
    expect(parseChildLine(JSON.stringify({ token: 'guess', kind: 'end' }), TOKEN)).toBeUndefined();
    expect(parseChildLine('no JSON', TOKEN)).toBeUndefined();
    expect(parseChildLine('null', TOKEN)).toBeUndefined();
  });

  it('must have the form of a message', () => {
    expect(parseChildLine(line({ kind: 'row', run: 0, wallMs, result }), TOKEN)).toMatchObject({
      kind: 'row',
    });
    const wrong = [
      { kind: 'row', run: 0, wallMs, result: { ...result, verdict: { status: 'passed' } } },
      { kind: 'row', run: -1, wallMs, result },
      { kind: 'row', run: 0, wallMs, result: { ...result, extra: 1 } },
      { kind: 'row', run: 0, wallMs, result: { ...result, seed: 'x'.repeat(10_000) } },
      { kind: 'nonsense' },
    ];
    for (const message of wrong) expect(parseChildLine(line(message), TOKEN)).toHaveProperty('issues');
  });
});

/** Not even a zombie that nobody has fetched yet. */
function isAlive(pid: string): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) Z /.test(readFileSync(file, 'utf8'));
}

describe('a child process', () => {
  const options = { nodeFlags: [], input: '', dataMb: 1000, maxLineBytes: 1000, onLine: () => undefined };
  /** The child may be another user, who has to be able to read it. */
  const script = (code: string): string => {
    const folder = folderOf({ 'child.cjs': code });
    chmodSync(folder, 0o755);
    return `${folder}/child.cjs`;
  };

  it('gets an empty environment, and the root as its folder', async () => {
    const lines: string[] = [];
    process.env['LOCKSTEP_SECRET'] = 'x';
    const code = `const { PWD, ...env } = process.env;
      require('fs').writeSync(3, JSON.stringify([process.cwd(), env]) + '\\n')`;
    const end = await runChild({ ...options, script: script(code), onLine: (text) => lines.push(text) });
    delete process.env['LOCKSTEP_SECRET'];
    expect(lines.map((text) => JSON.parse(text) as unknown)).toEqual([['/', { TZ: 'UTC', LC_ALL: 'C' }]]);
    expect(end).toMatchObject({ exitCode: 0, signal: null });
  });

  it('is ended when it takes too long, says nothing, or says too much', async () => {
    const wait = script('setInterval(() => {}, 1000)');
    expect((await runChild({ ...options, script: wait, wallMs: 300 })).killed).toBe('wall-time');
    expect((await runChild({ ...options, script: wait, silenceMs: 300 })).killed).toBe('silence');
    expect((await runChild({ ...options, script: wait, signal: AbortSignal.timeout(300) })).killed).toBe(
      'aborted',
    );
    const flood = script(`for (;;) require('fs').writeSync(3, 'x'.repeat(500))`);
    expect((await runChild({ ...options, script: flood })).killed).toBe('flood');
  });

  it('leaves nobody behind, even without the walls of the system', async () => {
    const lines: string[] = [];
    useOsWalls('off');
    onTestFinished(() => useOsWalls('auto'));
    const code = `
      const { spawn } = require('child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      require('fs').writeSync(3, child.pid + '\\n');
      child.unref();`;
    await runChild({ ...options, script: script(code), onLine: (text) => lines.push(text) });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAlive(lines[0] ?? '')).toBe(false);
  });

  it('is described by how it died', () => {
    const end = { exitCode: null, signal: 'SIGABRT', errorText: '' };
    expect(
      describeDeath({ ...end, errorText: '\nFATAL ERROR: … JavaScript heap out of memory\n' }, 64).message,
    ).toBe('the process ran out of memory (64 MiB)');
    expect(describeDeath({ ...end, signal: 'SIGABRT' }, 64).message).toBe('the process died by SIGABRT');
    expect(describeDeath({ ...end, signal: 'SIGSEGV' }, 64).property).toBe('bounded stack');
    // As a wall reports it that is the process's parent.
    expect(describeDeath({ ...end, signal: null, exitCode: 139 }, 64).property).toBe('bounded stack');
    expect(describeDeath({ exitCode: 7, signal: null, errorText: '\n\u001b[31mbad\n' }, 64).message).toBe(
      'the process died with exit status 7: [31mbad',
    );
  });
});

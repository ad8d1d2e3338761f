import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { afterAll, describe, expect, test } from 'vitest';
import type { Io } from '../src/io.ts';
import { run } from '../src/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function lockstep(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const lines: { out: string[]; err: string[] } = { out: [], err: [] };
  const io: Io = {
    out: (text) => void lines.out.push(text),
    err: (text) => void lines.err.push(text),
    colors: createColors(false),
    errColors: createColors(false),
    columns: 110,
    ascii: false,
    isLive: false,
  };
  const status = await run(args, io);
  return { status, out: lines.out.join('\n'), err: lines.err.join('\n') };
}

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

const LEGAL = [
  '{"client":1,"key":"x","op":"put","arg":"a","out":null,"call":0,"ret":1}',
  '{"client":2,"key":"x","op":"put","arg":"b","out":null,"call":2,"ret":3}',
  '{"client":3,"key":"x","op":"get","out":"b","call":4,"ret":5}',
];
const VIOLATED = [...LEGAL, '{"client":4,"key":"x","op":"get","out":"a","call":6,"ret":7}'];

describe('lockstep check', () => {
  test('0: linearizable', async () => {
    const { status, out } = await lockstep('check', file('legal.jsonl', LEGAL), '--model', 'kv');
    expect(status).toBe(0);
    expect(out).toMatch(/^linearizable {2}.*legal\.jsonl: 3 operations, model kv, checked in/);
  });

  test('1: violated, in words and as a picture', async () => {
    const html = join(folder, 'picture.html');
    const { status, out } = await lockstep('check', file('bad.jsonl', VIOLATED), '--html', html);
    expect(status).toBe(1);
    expect(out).toContain(
      'get(x) = "a" by client 4, but put(x, "b") by client 2 had returned before it began',
    );
    expect(out).toContain('The longest linearizable prefix holds 3 of 4 operations.');
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('<span class="badge violated">');
    expect(page.replace('http-equiv', '')).not.toMatch(/https?:|src=|href=|@import|url\(/);
  });

  test('1: violated, as JSON', async () => {
    const { status, out } = await lockstep('check', file('bad.jsonl', VIOLATED), '--json');
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      version: 'lockstep-check/1',
      verdict: 'violated',
      partition: 'x',
      contradiction: [{ index: 0 }, { index: 1 }, { index: 3, operation: 'get(x) = "a"', ret: 7 }],
      isMinimal: true,
      failing: { index: 3 },
      prefixLength: 3,
    });
  });

  test('2: malformed, with line and reason', async () => {
    const path = file('odd.jsonl', [
      ...LEGAL,
      '{"client":4,"key":"x","op":"get","out":"a","call":9,"ret":7}',
    ]);
    const { status, err } = await lockstep('check', path);
    expect(status).toBe(2);
    expect(err).toMatch(/odd\.jsonl, line 4: `ret` lies before `call`\.$/);
  });

  test('2: no such file, no such model', async () => {
    expect(await lockstep('check', join(folder, 'missing.jsonl'))).toMatchObject({ status: 2 });
    const { status, err } = await lockstep('check', file('legal.jsonl', LEGAL), '--model', 'stack');
    expect(status).toBe(2);
    expect(err).toContain('There is no model stack: choose from kv, versioned-kv, register');
  });

  test('4: unknown within the limit', async () => {
    // Additions that are all different, all at the same time, and a read that no choice among them explains.
    const adds = Array.from(
      { length: 26 },
      (_, n) => `{"client":${n},"op":"add","arg":${2 + 2 * n * n},"call":0,"ret":9}`,
    );
    const read = '{"client":99,"op":"read","out":1,"call":0,"ret":9}';
    const path = file('hard.jsonl', [...adds, read]);
    const { status, out } = await lockstep('check', path, '--model', 'counter', '--limit-ms', '20');
    expect(status).toBe(4);
    expect(out).toMatch(/^unknown[^]*The limit of time was reached/);
  });
});

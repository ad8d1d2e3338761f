import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutantsSchema } from '../src/commands/mutants.ts';
import { lockstep, makeFolder } from './run-cli.ts';

describe('lockstep mutants', () => {
  test('tries a sample, shows the survivors, and writes the outcomes', async () => {
    const cwd = makeFolder();
    const args = ['mutants', 'raft', '--file', 'rules.ts', '--part', 'A', '--sample', '5', '--seeds', '1'];
    const { status, out, err } = await lockstep([...args, '--json', 'mutants.json'], { cwd });
    const report = mutantsSchema.parse(JSON.parse(readFileSync(join(cwd, 'mutants.json'), 'utf8')));
    expect(report.mutants).toHaveLength(5);
    expect(report.mutants.every(({ file }) => file === 'rules.ts')).toBe(true);
    const killed = report.mutants.filter(({ fate }) => fate === 'killed');
    expect(killed.length).toBeGreaterThan(0);
    expect(killed.every(({ killer }) => killer?.test.startsWith('raft/') === true)).toBe(true);
    const open = report.mutants.filter(
      ({ fate, explanation }) => fate === 'survived' && explanation === undefined,
    );
    for (const { file, line } of open) expect(out).toContain(`${file}:${line}`);
    expect(out).toContain(`${killed.length} of 5 mutants killed`);
    expect(err).toContain('5 mutants of');
    expect(status).toBe(open.length === 0 ? 0 : 1);

    const again = await lockstep([...args, '--again', 'mutants.json'], { cwd });
    expect(again.err).toContain(`${open.length} mutant`);
    expect(again.out).toContain(`0 of ${open.length} mutant`);
  });

  test('refuses to go on from a file that no hunt has written', async () => {
    const cwd = makeFolder();
    const missing = await lockstep(['mutants', 'raft', '--again', 'none.json'], { cwd });
    expect([missing.status, missing.err]).toEqual([2, expect.stringContaining('none.json cannot be read')]);
    writeFileSync(join(cwd, 'other.json'), '{"version":"lockstep-bugs/2"}');
    const other = await lockstep(['mutants', 'raft', '--again', 'other.json'], { cwd });
    expect([other.status, other.err]).toEqual([2, expect.stringContaining('lockstep mutants --json')]);
  });

  test('refuses a file that the reference does not have, with the nearest name', async () => {
    const { status, err } = await lockstep(['mutants', 'raft', '--file', 'rule.ts'], { cwd: makeFolder() });
    expect(status).toBe(2);
    expect(err).toContain('rules.ts');
  });

  test('refuses a kind of change that it does not know, with the nearest name', async () => {
    const { status, err } = await lockstep(['mutants', 'raft', '--operator', 'leftout'], {
      cwd: makeFolder(),
    });
    expect([status, err]).toEqual([2, expect.stringContaining('Did you mean left out?')]);
  });
});

import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { suiteReportSchema, type SuiteReport } from '../src/suite-report.ts';
import { idleRaft, lockstep, makeFolder, ROOT } from './run-cli.ts';

/** A lab on Raft, and one of its tests that is soon over. */
const LAB = 'kv';
const TEST = 'kv/B/leader-failure';
const EXAMPLES = join(ROOT, 'examples/submissions/kv');

/** A folder with a submission's store, and a Raft beside it that elects nobody. */
function withIdleRaft(example: string): string {
  const folder = makeFolder({ 'mine/raft.ts': idleRaft() });
  cpSync(join(EXAMPLES, example), join(folder, 'mine'), { recursive: true });
  return folder;
}

function readReport(folder: string, file: string): SuiteReport {
  return suiteReportSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
}

describe('lockstep test --with', () => {
  const on = (id: string): string[] => ['test', LAB, '--impl', 'mine', '--with', 'raft=mine', '--test', id];

  test('says that what passes on the reference below is probably wrong below', async () => {
    const cwd = withIdleRaft('lanes');
    const { status, out } = await lockstep([...on(TEST), '--seed', '1'], { cwd });
    expect(out).toContain(`✗ ${TEST}`);
    expect(out).toContain(
      `Probably below: on the reference of raft, with the same seeds, these pass: ${TEST}.`,
    );
    expect(out).toContain('test raft --impl mine');
    expect(status).toBe(1);
  });

  test('does not blame what lies below for what fails on the reference, too', async () => {
    const cwd = withIdleRaft('reads-at-home');
    const { status, out } = await lockstep([...on('kv/B/minority'), '--seed', '1'], { cwd });
    expect(out).toContain('✗ kv/B/minority');
    expect(out).not.toContain('Probably below');
    expect(status).toBe(1);
  });
});

describe('lockstep test --patch', () => {
  const UNCONFIRMED = join(ROOT, 'labs/kv/bugs/reads-unconfirmed.json');

  test('puts a bug of a layer into the reference below, and leaves the one above as it is', async () => {
    const cwd = makeFolder();
    const once = (...more: string[]): Promise<{ status: number | null; out: string }> =>
      lockstep(['test', LAB, '--test', 'kv/D/sleeping-leader', '--seed', '1', ...more], { cwd });
    const sound = await once('--json', 'sound.json');
    const patched = await once('--patch', UNCONFIRMED, '--json', 'patched.json');
    expect([sound.status, patched.status]).toEqual([0, 1]);
    expect(patched.out).toContain('✗ kv/D/sleeping-leader');
    const [before, after] = [readReport(cwd, 'sound.json'), readReport(cwd, 'patched.json')];
    expect(after.tests[0]?.runs[0]?.verdict).toMatchObject({ property: 'linearizability' });
    expect(after.implementation).toEqual({
      name: 'reference + reads-unconfirmed',
      hash: before.implementation.hash,
    });
    expect(after.layers['raft']?.hash).not.toBe(before.layers['raft']?.hash);
  });

  test('refuses a bug in a layer that the lab does not stand on', async () => {
    const { status, err } = await lockstep(['test', 'mapreduce', '--patch', UNCONFIRMED], {
      cwd: makeFolder(),
    });
    expect(err).toContain('is in no layer of MapReduce');
    expect(status).toBe(2);
  });
});

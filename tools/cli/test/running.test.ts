import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { labsSchema } from '../src/commands/labs.ts';
import { suiteReportSchema, type SuiteReport } from '../src/suite-report.ts';
import { idleRaft, lockstep, makeFolder, writeFiles } from './run-cli.ts';

const ELECTION = 'raft/A/initial-election';

/** Escape sequences of a terminal begin with this. */
const ESCAPE = '\u001b';

function readReport(file: string): SuiteReport {
  return suiteReportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function hashOf({ tests }: SuiteReport, id: string): string | undefined {
  return tests.find((one) => one.id === id)?.runs[0]?.traceHash;
}

describe('lockstep --help', () => {
  test.each([[], ['labs'], ['test'], ['grade'], ['replay'], ['bugs'], ['mutants'], ['new']])(
    'of %j shows the exit statuses',
    async (...command) => {
      const { status, out } = await lockstep([...command, '--help'], { cwd: makeFolder() });
      expect(out).toContain('130  interrupted');
      expect(status).toBe(0);
    },
  );
});

describe('lockstep labs', () => {
  test('lists labs, parts and tests with their points, for people and for programs', async () => {
    const cwd = makeFolder();
    const [forPeople, forPrograms] = [
      await lockstep(['labs'], { cwd }),
      await lockstep(['labs', '--json'], { cwd }),
    ];
    expect(forPeople.out).toContain(ELECTION);
    const { labs } = labsSchema.parse(JSON.parse(forPrograms.out));
    expect(labs.find(({ id }) => id === 'raft')?.parts[0]?.tests[0]?.id).toBe(ELECTION);
  });
});

describe('lockstep test', () => {
  test('passes the reference, and says that the grader uses other seeds', async () => {
    const cwd = makeFolder();
    const { status, out } = await lockstep(['test', 'raft', '--test', ELECTION, '--seeds', '2'], { cwd });
    expect(out).toContain('1 of 1 test passed');
    expect(out).toContain('2 seeds (1 to 2)');
    expect(out).toContain('The grader uses other seeds');
    expect(status).toBe(0);
  });

  test('splits a long run: seeds from any first one on are the same as in one go', async () => {
    const cwd = makeFolder();
    const run = async (file: string, ...seeds: string[]): Promise<SuiteReport> => {
      await lockstep(['test', 'raft', '--test', ELECTION, ...seeds, '--json', file], { cwd });
      return readReport(join(cwd, file));
    };
    const whole = await run('whole.json', '--seeds', '4');
    const rest = await run('rest.json', '--seeds', '2', '--first-seed', '3');
    expect(rest.seeds).toEqual(['3', '4']);
    expect(rest.tests[0]?.runs).toEqual(whole.tests[0]?.runs.slice(2));
  });

  test('gives the same trace hashes in another process, and beside other tests', async () => {
    const cwd = makeFolder();
    const run = async (file: string, tests: string): Promise<SuiteReport> => {
      await lockstep(['test', 'raft', '--test', tests, '--seed', '7', '--json', file], { cwd });
      return readReport(join(cwd, file));
    };
    const [alone, beside] = [await run('alone.json', ELECTION), await run('beside.json', '*/A/*election')];
    expect(hashOf(alone, ELECTION)).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(beside, ELECTION)).toBe(hashOf(alone, ELECTION));
    expect(beside.tests.length).toBeGreaterThan(1);
  });

  test('shows what broke, the events before it, and the command that runs it again', async () => {
    const cwd = makeFolder({ 'raft.ts': idleRaft("console.log('is it on?');") });
    const { status, out, err } = await lockstep(
      ['test', 'raft', '--impl', '.', '--test', ELECTION, '--seeds', '1', '--junit', 'junit.xml'],
      { cwd },
    );
    expect(status).toBe(1);
    expect(out).toContain(`✗ ${ELECTION}, seed 1`);
    expect(out).toMatch(/ms +n1 +n2 +n3/);
    expect(out).toContain('n1: is it on?');
    expect(out).toContain('replay .lockstep/failures/raft-A-initial-election-1.json');
    expect(out).toMatch(/Smaller: .*replay \.lockstep\/failures\/raft-A-initial-election-1\.json --shrink/);
    expect(out).not.toContain('Shown:');
    expect(out).toContain('About the test:');
    expect(out + err).not.toContain(ESCAPE);
    expect(readFileSync(join(cwd, 'junit.xml'), 'utf8')).toContain('<failure type="liveness');
  });

  test('warns of type errors, which change no result', async () => {
    const cwd = makeFolder({ 'raft.ts': `${idleRaft()}const n: number = 'one';\n` });
    const { err } = await lockstep(['test', 'raft', '--impl', '.', '--test', ELECTION, '--seeds', '1'], {
      cwd,
    });
    expect(err).toContain('1 type error in .; they change no result:');
    expect(err).toMatch(/raft\.ts:8:7: Type 'string' is not assignable to type 'number'/);
  });

  test('colours only what a terminal shows', async () => {
    const cwd = makeFolder();
    const args = ['test', 'raft', '--test', ELECTION, '--seeds', '1'];
    expect((await lockstep(args, { cwd, env: { FORCE_COLOR: '1' } })).out).toContain(ESCAPE);
    expect((await lockstep(args, { cwd, env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).out).not.toContain(
      ESCAPE,
    );
  });

  test('runs again when a file is saved, until Ctrl-C', async () => {
    const cwd = makeFolder({ 'raft.ts': idleRaft() });
    let hasChanged = false;
    const args = ['test', 'raft', '--impl', '.', '--test', ELECTION, '--seeds', '1', '--watch'];
    const { status, out } = await lockstep(args, {
      cwd,
      onOutput: (text, child) => {
        const runs = text.split('Watching').length - 1;
        if (runs === 1 && !hasChanged) {
          hasChanged = true;
          writeFileSync(join(cwd, 'raft.ts'), idleRaft("throw new Error('changed');"));
        }
        if (runs === 2) child.kill('SIGINT');
      },
    });
    expect(out).toContain('changed');
    expect(status).toBe(130);
  });
});

describe('lockstep test of code that does not give control back', () => {
  test('shows what had happened before, and how to stop it there', async () => {
    const cwd = makeFolder({ 'raft.ts': idleRaft("host.log.info('here it comes'); for (;;);") });
    const { status, out } = await lockstep(
      ['test', 'raft', '--impl', '.', '--test', ELECTION, '--seeds', '1'],
      { cwd },
    );
    expect(out).toMatch(/at 0\.0 ms on (n\d): the code of \1 did not give control back/);
    expect(out).toMatch(/» .*here it comes[^]* yields control: what runs here does not come to an end/);
    expect(out).toMatch(/replay \S+\.json --inspect-brk --node n\d --from 0ms/);
    expect(out).not.toContain('--shrink');
    expect(status).toBe(1);
  });
});

describe('lockstep replay', () => {
  test('gives the same run again, and says so when the code has changed', async () => {
    const cwd = makeFolder({ 'raft.ts': idleRaft() });
    const { out } = await lockstep(['test', 'raft', '--impl', '.', '--test', ELECTION, '--seeds', '1'], {
      cwd,
    });
    const file = /replay (\S+\.json)/.exec(out)?.[1] ?? '';
    const again = await lockstep(['replay', file], { cwd });
    expect(again.out).toContain('the same as when it was recorded');
    expect(again.status).toBe(1);
    writeFiles(cwd, { 'raft.ts': idleRaft("throw new Error('no longer the same');") });
    const changed = await lockstep(['replay', file], { cwd });
    expect(changed.err).toContain('The code has changed since the failure was recorded');
    expect(changed.out).toContain('no longer the same');
  });

  test('says so when it was recorded on another major of Node', async () => {
    const cwd = makeFolder({ 'raft.ts': idleRaft() });
    await lockstep(['test', 'raft', '--impl', '.', '--test', ELECTION, '--seeds', '1'], { cwd });
    const file = join(cwd, '.lockstep/failures/raft-A-initial-election-1.json');
    const failure = z.looseObject({}).parse(JSON.parse(readFileSync(file, 'utf8')));
    writeFileSync(file, JSON.stringify({ ...failure, nodeMajor: 18 }));
    const { err } = await lockstep(['replay', file], { cwd });
    expect(err).toContain('It was recorded on Node 18');
  });

  test('takes another run for no fault of its own when the harness or the suite is another one', async () => {
    const cwd = makeFolder({ 'raft.ts': idleRaft() });
    await lockstep(['test', 'raft', '--impl', '.', '--test', ELECTION, '--seeds', '1'], { cwd });
    const file = join(cwd, '.lockstep/failures/raft-A-initial-election-1.json');
    const failure = z.looseObject({}).parse(JSON.parse(readFileSync(file, 'utf8')));
    const differs = { traceHash: '0123456789abcdef' };
    writeFileSync(file, JSON.stringify({ ...failure, ...differs }));
    const ours = await lockstep(['replay', file], { cwd });
    expect(ours.status).toBe(3);
    writeFileSync(
      file,
      JSON.stringify({ ...failure, ...differs, runIdentity: 'node 20 of an earlier state' }),
    );
    const { status, out, err } = await lockstep(['replay', file], { cwd });
    expect(err).toContain('The harness or the suite is not the one that recorded the failure');
    expect(out).not.toContain('the same as when it was recorded');
    expect(status).toBe(1);
  });
});

describe('lockstep new', () => {
  test('makes a folder whose code has its types and fails honestly, and overwrites nothing', async () => {
    const cwd = makeFolder({ 'mine/raft.ts': idleRaft() });
    const fresh = await lockstep(['new', 'raft', 'work'], { cwd });
    expect(fresh.out).toContain('Added to work: raft.ts');
    expect(fresh.out).toContain('test raft --impl work --watch');
    const { status, out, err } = await lockstep(
      ['test', 'raft', '--impl', 'work', '--part', 'A', '--seeds', '1'],
      { cwd },
    );
    expect(err).not.toContain('type error');
    expect(out).toContain('not implemented');
    expect(status).toBe(1);
    const added = await lockstep(['new', 'raft', 'mine'], { cwd });
    expect(added.out).toMatch(/Left as they were: .*raft\.ts/);
    expect(readFileSync(join(cwd, 'mine/raft.ts'), 'utf8')).toBe(idleRaft());
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runJob } from '../../src/runner/index.ts';
import type { JobOutcome, Row } from '../../src/runner/index.ts';
import { withSuites } from '../../src/runner/labs.ts';
import { echoLab, FIXTURES, jobFor, logsOf, runOne } from './echo.ts';

const A = 'echo/A/single';
const B = 'echo/B/long';

/** Each run's test, seed and verdict, in a line. */
function table({ rows, internalError }: JobOutcome): string[] {
  const lines = rows.map(({ test, seed, verdict }) => {
    return `${test} ${seed} ${verdict.status === 'pass' ? 'pass' : `${verdict.kind}: ${verdict.message}`}`;
  });
  return internalError === undefined ? lines : [...lines, `internal: ${internalError}`];
}

function runs(test: string, ...seeds: string[]): { test: string; seed: string }[] {
  return seeds.map((seed) => ({ test, seed }));
}

/** Does `what` at its boot in some runs: `Math.random()` tells seeds apart, and is drawn anew in each. */
function sometimes(what: string): string {
  return `export default (host: any) => {
    const draw = Math.random();
    host.clock.after(5, () => { ${what} });
    return {};
  };`;
}

/** Processes whose parent is this one, by their numbers. */
function childrenOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ');
}

const HANG = 'for (;;);';
const BOMB = 'const hoard: unknown[] = []; for (;;) hoard.push(new Array(10_000).fill(hoard.length));';

describe('a job', () => {
  it('is done run by run, in order, and shows each row as it comes', async () => {
    const job = await jobFor('export default () => ({});', { runs: [...runs(A, '1', '2'), ...runs(B, '1')] });
    const seen: Row[] = [];
    const outcome = await runJob(job, (row) => seen.push(row));
    expect(table(outcome)).toEqual([`${A} 1 pass`, `${A} 2 pass`, `${B} 1 pass`]);
    expect(seen).toEqual(outcome.rows);
    expect(outcome.rows[2]).toMatchObject({ simulatedMs: expect.closeTo(10_000, -2) as number, reached: [] });
  });

  it('is a pure function of code, test and seed, in every process and whatever else runs', async () => {
    const code = `export default async (host: any) => {
      host.serve({ ping: () => Math.random() });
      for (let i = 0; i < 20; i++) {
        await host.clock.sleep(Math.random() * 5);
        host.peer('n1').ping({ i }).then((x: number) => console.log(x), () => console.log('lost'));
      }
      return {};
    };`;
    const job = await jobFor(code, { runs: [...runs('echo/A/boot', '7'), ...runs(A, '7')] });
    const hashes = async (...wanted: typeof job.runs): Promise<string[]> => {
      const { rows } = await runJob({ ...job, runs: wanted }, () => undefined);
      return rows.map(({ test, seed, traceHash }) => `${test} ${seed} ${traceHash}`).toSorted();
    };
    const whole = await hashes(...job.runs);
    expect(whole[0]).toMatch(/ [0-9a-f]{16}$/);
    expect(await hashes(...job.runs)).toEqual(whole);
    expect(await hashes(...job.runs.toReversed(), ...runs(A, '8'))).toEqual(expect.arrayContaining(whole));
    expect(await hashes(...runs(A, '7'))).toEqual(whole.slice(1));
    const { rows } = await runJob({ ...job, record: false }, () => undefined);
    expect(rows.map(({ traceHash }) => traceHash)).toEqual(whole.map((line) => line.slice(-16)));
  });

  it('can be ended early', async () => {
    const job = await jobFor(sometimes(HANG), { limits: { sliceMs: 60_000 } });
    const began = performance.now();
    const outcome = await runJob(job, () => undefined, { signal: AbortSignal.timeout(600) });
    expect(outcome.rows).toEqual([]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('says when the suite is at fault', async () => {
    const job = await jobFor('export default () => ({});', {
      runs: [...runs('echo/Z/none', '1'), ...runs(A, '1')],
    });
    const [row, fault = ''] = table(await runJob(job, () => undefined));
    expect(row).toBe(`${A} 1 pass`);
    expect(fault).toMatch(
      /^internal: the harness failed in echo\/Z\/none, seed 1: .*no test "echo\/Z\/none"/,
    );
  });

  it('says when the runner itself cannot work', async () => {
    const job = await jobFor('export default () => ({});');
    const outcome = await runJob({ ...job, suites: ['/nowhere/suite.ts'] }, () => undefined);
    expect(outcome).toMatchObject({
      rows: [],
      internalError: expect.stringMatching(/nowhere\/suite/) as string,
    });
  });

  it('can have tests from elsewhere', async () => {
    const suites = [`${FIXTURES}/extra-suite.ts`];
    const lab = await withSuites(await echoLab(), suites);
    expect(lab.parts.map(({ id }) => id)).toEqual(['A', 'B', 'X']);
    const job = await jobFor('export default () => ({});', { lab, suites, runs: runs('echo/X/extra', '1') });
    expect(table(await runJob(job, () => undefined))).toEqual(['echo/X/extra 1 pass']);
  });
});

describe('a run that takes its child down', () => {
  it('fails as a crash when the memory is used up, and the rest goes on', async () => {
    const job = await jobFor(sometimes(`if (draw < 0.5) { ${BOMB} }`), {
      limits: { heapMb: 64, sliceMs: 20_000 },
      record: false,
      runs: [...runs(A, '1', '2', '3'), ...runs(B, '1', '2', '3')],
    });
    const lines = table(await runJob(job, () => undefined));
    expect(lines).toHaveLength(6);
    expect(new Set(lines.map((line) => line.replace(/^\S+ \d /, '')))).toEqual(
      new Set(['pass', 'crash: the process ran out of memory (64 MiB)']),
    );
  });

  it('is a hang only when it hangs alone with ten times the limit', async () => {
    const slow = `let sum = 0; for (let i = 0; i < 3e6; i++) sum += i % 7; host.log.info(String(sum));`;
    const job = await jobFor(sometimes(slow), { limits: { sliceMs: 1 }, record: false, runs: runs(A, '1') });
    const [line] = table(await runJob({ ...job, limits: { sliceMs: 2000 } }, () => undefined));
    expect(line).toBe(`${A} 1 pass`);
    const hanging = await jobFor(sometimes(HANG), {
      limits: { sliceMs: 100 },
      record: false,
      runs: runs(A, '1'),
    });
    const { rows } = await runJob(hanging, () => undefined);
    expect(rows[0]?.verdict).toEqual({
      status: 'fail',
      kind: 'hang',
      property: 'yields control',
      message: 'the code of n1 did not give control back within 1 s of real time',
      node: 'n1',
      atMs: 5,
    });
  });

  it.each([
    ['microtasks without end', 'void (async () => { for (;;) await null; })();'],
    ['a loop in finally', 'for (;;) { try { throw 1; } finally { continue; } }'],
    ['a regular expression', `/^(a+)+$/.test('a'.repeat(60) + 'b');`],
    ['a generator', 'for (const _ of (function* () { for (;;) yield 1; })());'],
  ])('hangs in %s', async (_, code) => {
    const row = await runOne(sometimes(code), { limits: { sliceMs: 60 }, record: false, runs: runs(A, '1') });
    expect(row.verdict).toMatchObject({ kind: 'hang', node: 'n1' });
  });

  it('shows what had happened before it hung, when it is recorded', async () => {
    const job = await jobFor(sometimes(`host.log.info('not yet'); ${HANG}`), {
      limits: { sliceMs: 100 },
      record: true,
      areLost: true,
      runs: runs(A, '1'),
    });
    const { rows } = await runJob(job, () => undefined);
    expect(rows[0]?.verdict).toMatchObject({ kind: 'hang', node: 'n1', atMs: 5 });
    const [before, last] = rows[0]?.trace?.slice(-2) ?? [];
    expect(before).toMatchObject({
      kind: 'log',
      node: 'n1',
      text: expect.stringContaining('not yet') as string,
    });
    expect(last).toMatchObject({
      kind: 'violation',
      node: 'n1',
      atUs: 5000,
      text: expect.stringMatching(/^yields control: /) as string,
    });
  });

  it('hangs while it is loaded', async () => {
    const row = await runOne('for (;;);\nexport default 1;', { limits: { sliceMs: 60 }, runs: runs(A, '1') });
    expect(row.verdict).toMatchObject({ kind: 'hang', node: 'n1', atMs: 0 });
  });

  it('is tried with three seeds of a test; the others are charged without a run', async () => {
    const job = await jobFor(sometimes(HANG), {
      limits: { sliceMs: 60 },
      record: false,
      runs: [...runs(A, '1', '2', '3', '4', '5'), ...runs(B, '1')],
    });
    const hung = 'hang: the code of n1 did not give control back within 0.6 s of real time';
    const charged = 'hang: not run: 3 runs of this test ended so';
    const lines = table(await runJob(job, () => undefined));
    expect(lines.map((line) => line.replace(/ \(.*\)$/, ''))).toEqual([
      `${A} 1 ${hung}`,
      `${A} 2 ${hung}`,
      `${A} 3 ${hung}`,
      `${A} 4 ${charged}`,
      `${A} 5 ${charged}`,
      `${B} 1 ${hung}`,
    ]);
  });

  it('that was killed from outside is made again, alone', async () => {
    const job = await jobFor('export default () => ({});', { runs: [...runs(B, '1', '2'), ...runs(A, '1')] });
    const marks = new Set<string>();
    const killer = setInterval(() => {
      // The first child that says what it runs loses its life, as to a system without memory.
      for (const pid of childrenOf(process.pid)) {
        if (marks.size === 0) {
          marks.add(pid);
          process.kill(Number(pid), 'SIGKILL');
        }
      }
    }, 5);
    const outcome = await runJob(job, () => undefined);
    clearInterval(killer);
    expect(marks.size).toBe(1);
    expect(table(outcome)).toEqual([`${B} 1 pass`, `${B} 2 pass`, `${A} 1 pass`]);
  });

  it('ends the job, as charged, when lost runs have taken too long in all', async () => {
    const job = await jobFor(sometimes(HANG), {
      limits: { sliceMs: 60, lostMs: 500 },
      record: false,
      runs: [...runs(A, '1'), ...runs(B, '1')],
    });
    const lines = table(await runJob(job, () => undefined));
    expect(lines[1]).toMatch(/^echo\/B\/long 1 hang: not run: other runs have held up everything for 0\.5 s/);
  });

  it('gives up tests without a pass when others have lost runs, if told so', async () => {
    const limits = { sliceMs: 60, lostRuns: 1, lostTests: 2 };
    const job = await jobFor(sometimes(HANG), {
      limits,
      record: false,
      runs: ['echo/A/boot', A, B].flatMap((test) => runs(test, '1')),
    });
    const lines = table(await runJob(job, () => undefined));
    expect(lines[2]).toMatch(
      /^echo\/B\/long 1 hang: not run: runs of echo\/A\/boot, echo\/A\/single ended so/,
    );
  });

  it('counts with those that earlier jobs have lost', async () => {
    const limits = { sliceMs: 60, lostRuns: 1 };
    const job = await jobFor(sometimes(HANG), { limits, record: false, runs: runs(A, '1') });
    const { rows: earlier } = await runJob(job, () => undefined);
    const more = { ...job, earlier, runs: [...runs(A, '2'), ...runs('echo/A/boot', '1')] };
    const lines = table(await runJob(more, () => undefined));
    expect(lines[0]).toMatch(/^echo\/A\/single 2 hang: not run: a run of this test ended so/);
    expect(lines[1]).toMatch(/^echo\/A\/boot 1 hang: the code of n1 did not give control back/);
  });

  it('ends with the wall time of the whole job, of which every run within it is left alone', async () => {
    // Each event is over well before its slice is; together they would take for ever.
    const slow = sometimes('setInterval(() => { for (let i = 0; i < 3e6; i++) void i; }, 1);');
    const job = await jobFor(slow, { limits: { wallMs: 1500 }, record: false, runs: runs(B, '1', '2', '3') });
    const lines = table(await runJob(job, () => undefined));
    const charged = 'hang: not run: all runs together took more than 1.5 s of real time';
    expect(lines.slice(1)).toEqual([`${B} 2 ${charged}`, `${B} 3 ${charged}`]);
  });

  it('counts the wall time that earlier jobs of the same code took', async () => {
    const limits = { wallMs: 60_000 };
    const job = await jobFor(sometimes(HANG), { limits, spentMs: 60_000, record: false, runs: runs(A, '1') });
    expect(table(await runJob(job, () => undefined))).toEqual([
      `${A} 1 hang: not run: all runs together took more than 60 s of real time`,
    ]);
  });

  // A child that had the processor for less than half of a slice is rightly not believed, and gets a longer one: on a
  // machine that is busy with other things that can happen here, and is no fault.
  it('is believed to hang at the first limit after hangs in three tests', { retry: 4 }, async () => {
    const tests = ['echo/A/boot', A, B, 'echo/B/more'];
    const job = await jobFor(sometimes(HANG), {
      limits: { sliceMs: 60 },
      record: false,
      runs: tests.flatMap((test) => runs(test, '1')),
    });
    const limits = table(await runJob(job, () => undefined)).map(
      (line) => /within (.*) s of/.exec(line)?.[1],
    );
    expect(limits).toEqual(['0.6', '0.6', '0.6', '0.06']);
  });

  it('does not starve on a flood of endless timers, which is a matter of budget', async () => {
    const row = await runOne(
      `export default () => { const again = () => setTimeout(again, 0); again(); return {}; };`,
      {
        runs: runs(B, '1'),
        record: false,
      },
    );
    expect(row.verdict).toEqual({ status: 'pass' });
  });
});

describe('what a submission says', () => {
  it('counts for nothing, whatever it looks like', async () => {
    const forged = `{"kind":"row","run":0,"wallMs":1,"result":{"verdict":{"status":"pass"}}}`;
    const row = await runOne(`export default (host: any) => {
      console.log('${forged}\\n{"kind":"end"}');
      host.log.info('${forged}');
      host.clock.after(1, () => { throw new Error('honest'); });
      return {};
    };`);
    expect(row.verdict).toMatchObject({ status: 'fail', kind: 'crash' });
    expect(logsOf(row)[1]).toBe(forged);
  });

  it('is bounded', async () => {
    const row = await runOne(
      sometimes(`for (let i = 0; i < 20_000; i++) console.log('x'.repeat(5000), i);`),
      {
        runs: runs(A, '1'),
        limits: { sliceMs: 20_000 },
      },
    );
    expect(row.verdict).toEqual({ status: 'pass' });
    expect(logsOf(row).length).toBeLessThanOrEqual(10_000);
    expect(Math.max(...logsOf(row).map(({ length }) => length))).toBeLessThan(2100);
  });
});

import { applyBug, type Bug } from '@lockstep/test-harness/load';
import type { Row } from '@lockstep/test-harness/runner';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { changesBetween } from '../src/bugs/carry-over.ts';
import { tryBug } from '../src/bugs/kill-rate.ts';
import { refreshBugs } from '../src/bugs/refresh.ts';
import { reportOf } from '../src/bugs/report.ts';
import { EXIT } from '../src/exit.ts';
import type { Io } from '../src/io.ts';

const bug: Bug = {
  id: 'adds-one',
  title: 'Adds one',
  breaks: ['sum'],
  why: 'Off by one.',
  changes: [{ file: 'sum.ts', find: 'return a + b;', replace: 'return a + b + 1;' }],
};

function row(test: string, seed: string, property?: string, events = 10): Row {
  const verdict =
    property === undefined
      ? ({ status: 'pass' } as const)
      : ({ status: 'fail', kind: 'safety', property, message: `${property} broke`, atMs: 1 } as const);
  const counters = { calls: 0, messages: 0, bytes: 0, events, timers: 0, diskWrites: 0, diskBytes: 0 };
  const rest = {
    reached: [],
    traceHash: '0',
    simulatedMs: 1,
    counters,
    faults: {},
    bounds: [],
    plan: null,
    wallMs: 1,
  };
  return { test, seed, verdict, ...rest };
}

describe('the kill rate of a bug', () => {
  it('runs every test with the first seeds, and with further ones until a test fails', async () => {
    const asked: string[] = [];
    const trial = await tryBug(
      bug,
      ['dull', 'sharp'],
      { matrix: ['1'], rate: ['1', '2', '3'] },
      (tests, seeds) => {
        asked.push(`${tests.join()} on ${seeds.join()}`);
        const kills = (test: string, seed: string): boolean => test === 'sharp' && seed !== '3';
        return Promise.resolve(
          seeds.flatMap((seed) =>
            tests.map((test) => row(test, seed, kills(test, seed) ? 'sum' : undefined)),
          ),
        );
      },
    );
    expect(asked).toEqual(['dull,sharp on 1', 'sharp on 2,3', 'dull on 3']);
    expect([...trial.caught]).toEqual(['1', '2']);
    expect(trial.seeds).toEqual(['1', '2', '3']);
  });

  it('does not count a failure for a reason that the bug does not state, and shows it', async () => {
    const trial = await tryBug(bug, ['t'], { matrix: ['1', '2'], rate: [] }, (tests, seeds) =>
      Promise.resolve(seeds.flatMap((seed) => tests.map((test) => row(test, seed, 'something else')))),
    );
    const report = reportOf(trial, ['t']);
    expect(report.seedsCaught).toBe(0);
    expect(report.caughtBy).toMatchObject([
      { test: 't', seeds: 2, property: 'something else', isStated: false },
    ]);
  });

  it('gives the chance that ten seeds catch it at least once', async () => {
    const half = await tryBug(bug, ['t'], { matrix: ['1', '2'], rate: [] }, (tests, seeds) =>
      Promise.resolve(
        seeds.flatMap((seed) => tests.map((test) => row(test, seed, seed === '1' ? 'sum' : undefined))),
      ),
    );
    const report = reportOf(half, ['t']);
    expect(report.chance).toBeCloseTo(1 - 1 / 1024, 12);
    expect(report.chanceAtLeast).toBeLessThan(report.chance);
  });
});

describe('changes between two versions of a file', () => {
  it('lead from the one to the other, whatever the two are', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 })
      .map((lines) => `${lines.join('\n')}\n`);
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after);
        const changes = mergedIfOverlapping('x.ts', before, after);
        fc.pre(changes !== undefined);
        expect(applyBug({ ...bug, changes }, new Map([['x.ts', before]])).get('x.ts')).toBe(after);
      }),
    );
  });

  /** Texts that repeat themselves may need so many lines around them that two changes overlap. */
  function mergedIfOverlapping(file: string, before: string, after: string): Bug['changes'] | undefined {
    const changes = changesBetween(file, before, after);
    const places = changes.map(
      ({ find }) => [before.indexOf(find), before.indexOf(find) + find.length] as const,
    );
    const overlap = places.some(([from], i) => i > 0 && from < (places[i - 1]?.[1] ?? 0));
    return overlap ? undefined : changes;
  }

  it('name as little as it takes to be unique', () => {
    expect(changesBetween('x.ts', 'one\ntwo\nthree\n', 'one\n2\nthree\n')).toEqual([
      { file: 'x.ts', find: 'two', replace: '2' },
    ]);
  });
});

describe('lockstep bugs --refresh', () => {
  let folder = '';
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function repository(source: string): { file: string; lab: Parameters<typeof refreshBugs>[1] } {
    folder = mkdtempSync(join(tmpdir(), 'lockstep-bugs-'));
    mkdirSync(join(folder, 'src'));
    mkdirSync(join(folder, 'bugs'));
    const file = join(folder, 'bugs', 'adds-one.json');
    writeFileSync(join(folder, 'src', 'sum.ts'), source);
    writeFileSync(file, JSON.stringify(bug));
    const git = (...args: string[]): unknown =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: folder });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'first');
    const lab = { id: 'sum', title: 'Sum', folder, entry: 'sum.ts', contract: 'sum/1', libraries: {} };
    const reference = join(folder, 'src', 'index.ts');
    return { file, lab: { ...lab, reference, layers: [], parts: [], scenarios: [] } };
  }

  function silentIo(said: string[]): Io {
    const keep = (text: string): string => text;
    const colors = new Proxy({}, { get: () => keep }) as Io['colors'];
    return {
      out: (text) => void said.push(text),
      err: () => undefined,
      isLive: false,
      columns: 100,
      colors,
      errColors: colors,
      ascii: true,
    };
  }

  const before = 'function sum(a, b) {\n  // Adds.\n  return a + b;\n}\n';

  it('carries a bug over to a reference that has changed beside it', () => {
    const { file, lab } = repository(before);
    const today =
      'export function sum(a, b) {\n  // Adds.\n  return a + b;\n}\n\nfunction twice(a, b) {\n  return a + b;\n}\n';
    writeFileSync(join(folder, 'src', 'sum.ts'), today);
    const said: string[] = [];
    expect(refreshBugs(silentIo(said), lab, [{ file, bug }])).toBe(EXIT.ok);
    const refreshed = JSON.parse(readFileSync(file, 'utf8')) as Bug;
    const patched = applyBug(refreshed, new Map([['sum.ts', today]])).get('sum.ts');
    expect(patched).toBe(today.replace('return a + b;', 'return a + b + 1;'));
    expect(said.at(-1)).toBe('0 bugs still apply, 1 carried over, 0 to be mended by hand.');
  });

  it('says which bug is in the way of a change, and leaves its file alone', () => {
    const { file, lab } = repository(before);
    writeFileSync(join(folder, 'src', 'sum.ts'), before.replace('return a + b;', 'return add(a, b);'));
    const said: string[] = [];
    expect(refreshBugs(silentIo(said), lab, [{ file, bug }])).toBe(EXIT.failed);
    expect(said[0]).toBe('adds-one: the same lines of sum.ts have changed; mend it by hand.');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(bug);
  });

  it('leaves bugs alone that fit', () => {
    const { file, lab } = repository(before);
    const said: string[] = [];
    expect(refreshBugs(silentIo(said), lab, [{ file, bug }])).toBe(EXIT.ok);
    expect(said).toEqual(['1 bug still apply, 0 carried over, 0 to be mended by hand.']);
  });
});

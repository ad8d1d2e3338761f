import { applyBug, type Bug } from '@lockstep/test-harness/load';
import type { LabInfo, Row } from '@lockstep/test-harness/runner';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

  /** Where the source lies that the bug is in, and how the bug says so. */
  interface Place {
    readonly path: string;
    readonly bug: Bug;
  }

  const change = { find: 'return a + b;', replace: 'return a + b + 1;' };
  const OWN: Place = { path: 'src/sum.ts', bug };
  const IN_A_LIBRARY: Place = {
    path: 'library/src/sum.ts',
    bug: { ...bug, changes: [{ file: '@lockstep/library/sum.ts', ...change }] },
  };
  const IN_A_LAYER: Place = { path: 'layer/src/sum.ts', bug: { ...bug, layer: 'below' } };

  function labOf(id: string, src: string): LabInfo {
    const lab = { id, title: id, folder, entry: `${id}.ts`, contract: `${id}/1`, libraries: {}, layers: [] };
    return { ...lab, reference: join(folder, src, 'index.ts'), parts: [], scenarios: [] };
  }

  /** A repository of a lab on another one, with a library and a bug, and nothing else. */
  class Repository {
    readonly #source: string;
    readonly #labs: readonly LabInfo[];
    readonly #bug: Bug;
    readonly file: string;

    constructor({ path, bug: itsBug }: Place, source: string) {
      folder = mkdtempSync(join(tmpdir(), 'lockstep-bugs-'));
      this.#bug = itsBug;
      this.#source = join(folder, path);
      this.file = join(folder, 'bugs', 'adds-one.json');
      const libraries = { '@lockstep/library': join(folder, 'library/src/index.ts') };
      this.#labs = [{ ...labOf('sum', 'src'), libraries, layers: ['below'] }, labOf('below', 'layer/src')];
      for (const one of [this.#source, this.file]) mkdirSync(dirname(one), { recursive: true });
      this.change(source);
      writeFileSync(this.file, JSON.stringify(itsBug));
      this.#git('init', '-q');
      this.#git('add', '.');
      this.#git('commit', '-qm', 'first');
    }

    change(source: string): void {
      writeFileSync(this.#source, source);
    }

    /** What the command says, and its status. */
    refresh(): { status: number; said: string[] } {
      const said: string[] = [];
      const [lab] = this.#labs;
      if (lab === undefined) throw new Error('there is a lab');
      const status = refreshBugs(silentIo(said), this.#labs, lab, [{ file: this.file, bug: this.#bug }]);
      return { status, said };
    }

    bug(): Bug {
      return JSON.parse(readFileSync(this.file, 'utf8')) as Bug;
    }

    #git(...args: string[]): void {
      const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
      execFileSync('git', [...identity, ...args], { cwd: folder });
    }
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
  const grown = `export ${before}\nfunction twice(a, b) {\n  return a + b;\n}\n`;

  it.each([
    ['the reference', OWN],
    ['a library that the reference is built from', IN_A_LIBRARY],
    ['the reference of a layer below', IN_A_LAYER],
  ])('carries a bug over that is in %s, which has changed beside it', (_, place) => {
    const repository = new Repository(place, before);
    repository.change(grown);
    const { status, said } = repository.refresh();
    const refreshed = repository.bug();
    const file = place.bug.changes[0]?.file ?? '';
    const patched = applyBug(refreshed, new Map([[file, grown]])).get(file);
    expect(patched).toBe(grown.replace('return a + b;', 'return a + b + 1;'));
    expect(refreshed).toEqual({ ...place.bug, changes: refreshed.changes });
    expect(said.at(-1)).toBe('0 bugs still apply, 1 carried over, 0 to be mended by hand.');
    expect(status).toBe(EXIT.ok);
  });

  it.each([OWN, IN_A_LIBRARY, IN_A_LAYER])(
    'says which bug is in the way of a change to $path, and leaves its file alone',
    (place) => {
      const repository = new Repository(place, before);
      repository.change(before.replace('return a + b;', 'return add(a, b);'));
      const { status, said } = repository.refresh();
      expect(said[0]).toMatch(/^adds-one: the same lines of \S*sum.ts have changed; mend it by hand.$/);
      expect(repository.bug()).toEqual(place.bug);
      expect(status).toBe(EXIT.failed);
    },
  );

  it.each([OWN, IN_A_LIBRARY, IN_A_LAYER])('leaves a bug in $path alone that fits', (place) => {
    const { status, said } = new Repository(place, before).refresh();
    expect(said).toEqual(['1 bug still applies, 0 carried over, 0 to be mended by hand.']);
    expect(status).toBe(EXIT.ok);
  });
});

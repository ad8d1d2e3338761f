import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { discoverLabs, readReference } from '@lockstep/test-harness/runner';
import { describe, expect, it } from 'vitest';
import { account, findMutants, hunt, parseExplained, sample, type Outcome } from '../src/index.ts';
import { counterLab, ledgerSources } from './lab.ts';

const seeds = ['1', '2'];

async function huntCounters(jobs: number): Promise<Outcome[]> {
  const { lab, sources } = await counterLab();
  const tests = lab.parts.flatMap((part) => part.tests);
  return hunt(await findMutants(sources), { sources, base: { lab, layers: {} }, tests, seeds, jobs });
}

let hunted: Promise<Outcome[]> | undefined;
/** The hunt of one child at a time, which most tests look at. */
const huntOnce = (): Promise<Outcome[]> => (hunted ??= huntCounters(1));

/** `total.ts:4 sum = 1 survived`, in the order of the text. */
const fates = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map(({ mutant, fate, killer }) => {
    const by =
      killer === undefined ? '' : ` by ${killer.test}, seed ${killer.seed ?? 'none'}: ${killer.property}`;
    return `${mutant.file}:${mutant.line} ${mutant.after} ${fate}${by}`;
  });

const find = (outcomes: readonly Outcome[], after: string): Outcome | undefined =>
  outcomes.find(({ mutant }) => mutant.after === after);

describe('the mutants of some sources', () => {
  it('change one thing each, and nothing in types, imports and what is logged', async () => {
    const { sources } = await counterLab();
    const mutants = await findMutants(sources);
    const inTotal = mutants.filter(({ file }) => file === 'total.ts').map(({ after }) => after);
    expect(inTotal).toEqual([
      'let sum = 1;',
      'if (true) sum += value;',
      'if (false) sum += value;',
      'if (!(value > 0)) sum += value;',
      'if (value >= 0) sum += value;',
      'if (value < 0) sum += value;',
      'if (value > 1) sum += value;',
      'if (value > 0) ;',
      'if (value > 0) sum -= value;',
      'if (value > 0) sum = value;',
      'return (Math.min(sum, 10)) + 1;',
      'return (Math.min(sum, 10)) - 1;',
      'return Math.max(sum, 10);',
      'return Math.min(sum + 1, 10);',
      'return Math.min(sum - 1, 10);',
      'return Math.min(sum, 100);',
      'return Math.min(sum, 1);',
    ]);
    expect(mutants.some(({ before }) => before.includes('host.log'))).toBe(false);
  });

  it('forget what data should hold: the contents of a collection, a part of a copy, what is optional', async () => {
    const mutants = await findMutants(ledgerSources());
    const omissions = mutants.filter(({ operator }) => operator === 'emptied' || operator === 'left out');
    expect(omissions.map(({ after }) => after)).toEqual([
      'return { log: [...ledger.log, entry] };',
      'return { ...ledger };',
      'return { ...ledger, log: [] };',
      'return { ...ledger, log: [entry] };',
      'return { accounts, log: [] };',
      'return { accounts: new Map(), log: [], note };',
      'return new Set();',
    ]);
  });

  it('do things in another order, but for assignments that have nothing to do with each other', async () => {
    const mutants = await findMutants(ledgerSources());
    const swaps = mutants.filter(({ operator }) => operator === 'swapped');
    expect(swaps.map(({ after }) => after)).toEqual([
      'book.isOpen = false; if (!book.isOpen) return;',
      'await save(); book.total = 0;',
    ]);
  });

  it('are those of the libraries that a reference is built from, too', async () => {
    const lab = (await discoverLabs()).find(({ id }) => id === 'kv');
    const mutants = lab === undefined ? [] : await findMutants(readReference(lab));
    expect(mutants.some(({ file }) => file === 'server.ts')).toBe(true);
    expect(mutants.some(({ file }) => file === '@lockstep/rsm/rsm.ts')).toBe(true);
  });

  it('are drawn by their text: the same sample each time, and part of any larger one', async () => {
    const { sources } = await counterLab();
    const mutants = await findMutants(sources);
    const few = sample(mutants, 5);
    expect(few).toHaveLength(5);
    expect(sample(mutants, 5)).toEqual(few);
    expect(sample(mutants, 9)).toEqual(expect.arrayContaining(few));
  });
});

describe('a hunt', () => {
  it('kills what a test notices, and says which test it was, and why', async () => {
    const outcomes = await huntOnce();
    expect(find(outcomes, 'let sum = 1;')).toMatchObject({
      fate: 'killed',
      killer: { test: 'counter/A/small', seed: '1', kind: 'safety', property: 'sums' },
    });
    expect(find(outcomes, 'if (true) sum += value;')?.killer?.test).toBe('counter/A/negative');
  });

  it('lets live what no test looks at, and tells what is never called', async () => {
    const outcomes = await huntOnce();
    expect(find(outcomes, 'return Math.min(sum, 100);')).toMatchObject({
      fate: 'survived',
      runs: 4,
      changed: 0,
    });
    expect(find(outcomes, 'return 2;')?.fate).toBe('unreached');
  });

  it('comes out the same with any number of children', async () => {
    expect(fates(await huntCounters(2))).toEqual(fates(await huntOnce()));
  });
});

describe('the list of explained mutants', () => {
  const list = (kind: string, before: string, after: string): string =>
    JSON.stringify({
      version: 'lockstep-explained-mutants/1',
      groups: [
        {
          kind,
          reason: 'Because it is so, and no other way.',
          mutants: [{ file: 'total.ts', before, after }],
        },
      ],
    });

  async function accountFor(text: string): Promise<ReturnType<typeof account>> {
    const { sources } = await counterLab();
    return account(await huntOnce(), await findMutants(sources), parseExplained(text, 'mutants.json'));
  }

  it('takes a survivor off the list of open ones', async () => {
    const text = list('allowed', 'return Math.min(sum, 10);', 'return Math.min(sum, 100);');
    const { explained, unexplained } = await accountFor(text);
    expect(explained.map(({ outcome }) => outcome.mutant.after)).toEqual(['return Math.min(sum, 100);']);
    expect(unexplained.length).toBeGreaterThan(0);
  });

  it('is refuted by a test that notices what it calls equivalent', async () => {
    const { refuted } = await accountFor(list('equivalent', 'let sum = 0;', 'let sum = 1;'));
    expect(refuted.map(({ mutant }) => mutant.after)).toEqual(['let sum = 1;']);
  });

  it('tells what is no mutant any more', async () => {
    const { stale } = await accountFor(list('allowed', 'let total = 0;', 'let total = 1;'));
    expect(stale.map(({ after }) => after)).toEqual(['let total = 1;']);
  });

  it('fits the reference, in every lab that has one', async () => {
    for (const lab of await discoverLabs()) {
      const file = join(lab.folder, 'mutants.json');
      if (!existsSync(file)) continue;
      const groups = parseExplained(readFileSync(file, 'utf8'), file);
      const { stale } = account([], await findMutants(readReference(lab)), groups);
      expect(stale, `${file} explains what is no mutant any more`).toEqual([]);
    }
  });

  it('is refused with the place of its fault', () => {
    expect(() => parseExplained(list('perhaps', 'a', 'b'), 'mutants.json')).toThrow(/groups\.0\.kind/);
    expect(() => parseExplained('{', 'mutants.json')).toThrow('not JSON');
  });
});

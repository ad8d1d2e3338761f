import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labrpc } from '../../src/faults/index.ts';
import type { FindFirst } from '../../src/shrink/reduce-list.ts';
import type { RunResult } from '../../src/runner/run.ts';
import { shrink } from '../../src/shrink/index.ts';
import type { ShrinkOptions, Shrunk, ShrunkRun } from '../../src/shrink/index.ts';
import { reduceList } from '../../src/shrink/reduce-list.ts';
import { reducePlan } from '../../src/shrink/reduce-plan.ts';
import { runSimulation } from '../../src/world/index.ts';
import { toyRun } from '../world/toy.ts';
import type { ToyNode, ToyProgram } from '../world/toy.ts';

/** The position of the first that is interesting. */
const first =
  <T>(isInteresting: (candidate: T) => boolean): FindFirst<T> =>
  async (candidates) =>
    candidates.findIndex(isInteresting);

describe('reducing a list', () => {
  it('finds exactly the items that are needed, when each is needed by itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(200), { minLength: 1 }),
        fc.infiniteStream(fc.boolean()),
        async (items, coins) => {
          const needed = new Set(items.filter(() => coins.next().value === true));
          const kept = await reduceList(
            items,
            first((rest) => [...needed].every((item) => rest.includes(item))),
          );
          expect(kept).toEqual(items.filter((item) => needed.has(item)));
        },
      ),
    );
  });

  it('is 1-minimal for any condition that the whole list meets', async () => {
    const isInteresting = (items: readonly number[]): boolean => items.reduce((sum, n) => sum + n, 0) >= 20;
    const kept = await reduceList([1, 9, 2, 8, 3, 7, 4, 6, 5], first(isInteresting));
    const dropped = kept.map((_, index) => isInteresting(kept.toSpliced(index, 1)));
    expect(isInteresting(kept)).toBe(true);
    expect(dropped).not.toContain(true);
  });
});

describe('reducing a plan', () => {
  it('drops steps and lowers numbers wherever they are', async () => {
    const plan = {
      steps: [
        { ms: 40, what: 'a' },
        { ms: 700, what: 'b' },
        { ms: 9, what: 'c' },
      ],
      clients: 12,
    };
    const isInteresting = (candidate: unknown): boolean => {
      const { steps, clients } = candidate as typeof plan;
      return clients >= 2 && steps.some(({ ms, what }) => what === 'b' && ms >= 100);
    };
    const reduced = await reducePlan(plan, first(isInteresting));
    expect(reduced).toEqual({ steps: [{ ms: 100, what: 'b' }], clients: 2 });
  });
});

/** A counter that loses what it has not written when it crashes, and forgets to write every third. */
const forgetful: ToyProgram = async (host) => {
  let value = (await host.disk.read<number>('value')) ?? 0;
  return {
    add: () => {
      value++;
      if (value % 3 !== 0) void host.disk.write({ value });
      return value;
    },
    value: () => value,
  };
};

const call =
  (name: string) =>
  (node: ToyNode): number =>
    (node[name] as () => number)();

interface Step {
  readonly what: 'add' | 'crash' | 'wait';
  readonly ms: number;
}

async function run(candidate: ShrunkRun): Promise<RunResult | undefined> {
  if (candidate.plan === null) return undefined;
  return runSimulation(
    toyRun(
      forgetful,
      async (world, plan) => {
        let acknowledged = 0;
        for (const { what, ms } of plan as Step[]) {
          if (what === 'add') acknowledged = await world.invoke('n1', 'add', call('add'));
          if (what === 'crash') {
            world.crash('n1');
            world.restart('n1');
          }
          await world.sleep(ms + 2);
          const now = await world.invoke('n1', 'value', call('value'));
          if (now < acknowledged)
            world.fail({ kind: 'safety', property: 'durability', message: `${now} < ${acknowledged}` });
        }
      },
      {
        servers: 2,
        seed: candidate.seed,
        network: () => labrpc({ unreliable: true }),
        options: { plan: candidate.plan, overrides: candidate.overrides, recordChoices: true },
      },
    ),
  );
}

const runAll = (candidates: readonly ShrunkRun[]): Promise<(RunResult | undefined)[]> =>
  Promise.all(candidates.map(run));

const start: ShrunkRun = {
  seed: '1',
  plan: Array.from(
    { length: 60 },
    (_, i): Step => ({ what: i % 7 === 5 ? 'crash' : i % 2 === 0 ? 'add' : 'wait', ms: 100 + i }),
  ),
  overrides: {},
};

const shrunk = (maxRuns = 1000, more: Partial<ShrinkOptions> = {}): Promise<Shrunk | undefined> =>
  shrink({ start, violation: { kind: 'safety', property: 'durability' }, run: runAll, maxRuns, ...more });

describe('shrinking a failure', () => {
  it('keeps the property, and leaves the steps that it takes', async () => {
    const result = await shrunk();
    expect(result?.result.verdict).toMatchObject({ status: 'fail', property: 'durability' });
    const steps = (result?.run.plan ?? []) as Step[];
    expect(steps.map(({ what }) => what)).toEqual(['add', 'add', 'add', 'crash']);
    expect(steps.every(({ ms }) => ms === 0)).toBe(true);
    expect(result?.after.simulatedMs).toBeLessThan((result?.before.simulatedMs ?? 0) / 10);
    expect(result?.after.events).toBeLessThan(result?.before.events ?? 0);
  });

  it('gives the same run each time', async () => {
    expect((await shrunk())?.run).toEqual((await shrunk())?.run);
  });

  it('stops when its runs are spent, with the best so far', async () => {
    const result = await shrunk(5);
    expect(result?.runs).toBe(5);
    expect(result?.result.verdict.status).toBe('fail');
  });

  it('stops when it is told to, with the best so far', async () => {
    let least = Infinity;
    let isEnough = false;
    const result = await shrunk(1000, {
      isStopped: () => isEnough,
      onProgress: ({ before, now }) => {
        least = now.events;
        isEnough = least < before.events;
      },
    });
    expect(result?.runs).toBeLessThan((await shrunk())?.runs ?? 0);
    expect(result?.after.events).toBeLessThanOrEqual(least);
    expect(result?.after.events).toBeLessThan(result?.before.events ?? 0);
    expect(result?.result.verdict).toMatchObject({ status: 'fail', property: 'durability' });
  });

  it('declines a run that does not fail as it should', async () => {
    const other = await shrink({
      start,
      violation: { kind: 'safety', property: 'something else' },
      run: runAll,
      maxRuns: 10,
    });
    expect(other).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compose, disk, duplication, labrpc, reordering } from '../../src/faults/index.ts';
import type { RunResult } from '../../src/runner/run.ts';
import { runSimulation } from '../../src/world/index.ts';
import { toyRun } from './toy.ts';
import type { ToyNode, ToyProgram } from './toy.ts';

/** A program that does a bit of everything, driven by its own randomness. */
const busy: ToyProgram = async (host, servers) => {
  const boots = ((await host.disk.read<number>('boots')) ?? 0) + 1;
  await host.disk.write({ boots });
  let state = 0;
  host.serve({
    add: async (n: number, { from }: { from: string }) => {
      if (host.random.uniform() < 0.3) await host.clock.sleep(host.random.integer(1, 20));
      state += n + from.length;
      await host.disk.write({
        state,
        [`k${host.random.integer(0, 9)}`]: 'x'.repeat(host.random.integer(0, 50)),
      });
      return state;
    },
  });
  const work = async (): Promise<void> => {
    for (;;) {
      await host.clock.sleep(host.random.integer(1, 30));
      const to = servers[host.random.integer(0, servers.length - 1)] ?? 'n1';
      await host
        .peer<{ add(n: number): number }>(to)
        .add(host.random.integer(0, 9), { timeoutMs: 40 })
        .catch(() => host.log.info('lost', { to }));
    }
  };
  void work();
  return { state: () => state };
};

function run(seed: string, plan: unknown, record = false): Promise<RunResult> {
  return runSimulation(
    toyRun(
      busy,
      async (world) => {
        for (const step of plan as { node: string; what: number; ms: number }[]) {
          if (step.what === 0) world.crash(step.node);
          else if (step.what === 1) world.restart(step.node);
          else if (step.what === 2) world.network.disconnect(step.node);
          else if (step.what === 3) world.network.heal();
          else
            await world
              .invoke(step.node, 'state', (node: ToyNode) => (node['state'] as () => number)())
              .catch(() => undefined);
          await world.sleep(step.ms);
        }
      },
      {
        seed,
        network: () => compose(labrpc({ unreliable: true }), duplication(0.1, 10), reordering(0.2, 30)),
        disk: () => disk({ failure: 0.05, order: 'reordered' }),
        options: { plan, record },
        lab: {
          boot: (context) =>
            (context.exports['default'] as ToyProgram)(context.host, context.servers, () => undefined),
        },
      },
    ),
  );
}

const plans = fc.array(
  fc.record({
    node: fc.constantFrom('n1', 'n2', 'n3'),
    what: fc.nat(4),
    ms: fc.integer({ min: 1, max: 200 }),
  }),
  { minLength: 5, maxLength: 20 },
);

describe('a run is a pure function of code, test and choices', () => {
  it('so that two runs agree in everything, whatever the seed and the faults', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), plans, async (seed, plan) => {
        expect(await run(seed, plan)).toEqual(await run(seed, plan));
      }),
      { numRuns: 60 },
    );
  });

  it('alone or among others that run at the same time', async () => {
    const plan = [0, 4, 1, 2, 4, 3, 4].map((what, i) => ({ node: `n${(i % 3) + 1}`, what, ms: 3000 }));
    const alone = await run('a', plan);
    const together = await Promise.all(['b', 'a', 'c'].map((seed) => run(seed, plan)));
    expect(together[1]).toEqual(alone);
    expect(new Set(together.map((result) => result.traceHash)).size).toBe(3);
  });

  it('and every event of a recording names a cause that came before it', async () => {
    const plan = [4, 0, 1, 4, 2, 3, 4].map((what, i) => ({ node: `n${(i % 3) + 1}`, what, ms: 500 }));
    const { trace = [], traceHash } = await run('r', plan, true);
    expect(traceHash).toBe((await run('r', plan)).traceHash);
    expect(trace.length).toBeGreaterThan(500);
    const kinds = new Map(trace.map((event) => [event.sequence, event.kind]));
    expect(trace.filter(({ parent = 0, sequence }) => parent >= sequence)).toEqual([]);
    const deliveries = trace.filter(({ kind }) => kind === 'deliver');
    expect(new Set(deliveries.map(({ parent = 0 }) => kinds.get(parent)))).toEqual(new Set(['send']));
    const messages = new Set(trace.filter((event) => event.kind === 'send').map((event) => event.message));
    for (const event of trace.filter(({ kind }) => kind === 'deliver'))
      expect(messages).toContain(event.message);
  });
});

describe('the chooser', () => {
  it('decides everything: with all choices recorded and overridden, any seed repeats the run', async () => {
    const base = toyRun(busy, (world) => world.sleep(500), { network: () => labrpc({ unreliable: true }) });
    const first = await runSimulation({ ...base, seed: 'one', recordChoices: true });
    const overrides = Object.fromEntries((first.choices ?? []).map(({ site, value }) => [site, value]));
    const second = await runSimulation({ ...base, seed: 'two', overrides });
    expect(second.traceHash).toBe(first.traceHash);
  });
});

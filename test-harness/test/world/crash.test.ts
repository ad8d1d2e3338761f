import type { Host } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import { disk } from '../../src/faults/index.ts';
import { Interrupted } from '../../src/suite/index.ts';
import { runSimulation } from '../../src/world/index.ts';
import { toyRun } from './toy.ts';
import type { ToyNode, ToyProgram } from './toy.ts';

const read =
  <T>(name: string) =>
  (node: ToyNode): T =>
    (node[name] as () => T)();

describe('a crash', () => {
  for (const reachedFollowers of [0, 1, 2, 3, 4]) {
    it(`cuts a broadcast short: the leader reached ${reachedFollowers} of four followers and died`, async () => {
      const program: ToyProgram = (host) => {
        let got = 0;
        host.serve({ append: () => ++got });
        return {
          broadcast: () => {
            for (const id of ['n2', 'n3', 'n4', 'n5'])
              void host.peer<{ append(n: number): number }>(id).append(1);
          },
          got: () => got,
        };
      };
      const options = toyRun(
        program,
        async (world) => {
          world.crashAfterEffects('n1', reachedFollowers);
          await expect(world.invoke('n1', 'broadcast', read('broadcast'))).rejects.toBeInstanceOf(
            Interrupted,
          );
          await world.sleep(100);
          const got = await Promise.all(
            ['n2', 'n3', 'n4', 'n5'].map((id) => world.invoke(id, 'got', read<number>('got'))),
          );
          expect(got).toEqual([1, 2, 3, 4].map((follower) => (follower <= reachedFollowers ? 1 : 0)));
          expect(world.isUp('n1')).toBe(false);
        },
        { servers: 5 },
      );
      expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
    });
  }

  it('leaves nothing of the old incarnation running, and its Host inert', async () => {
    const events: string[] = [];
    let old: Host | undefined;
    const program: ToyProgram = (host) => {
      if (host.id !== 'n1') return {};
      events.push('boot');
      const work = async (): Promise<void> => {
        try {
          await host.clock.sleep(100);
          events.push('woke');
        } finally {
          events.push('finally');
        }
      };
      if (old === undefined) {
        old = host;
        void work();
        host.clock.after(100, () => events.push('timer'));
        void host.disk.write({ a: 1 }).then(() => events.push('written'));
      }
      return {};
    };
    const options = toyRun(program, async (world) => {
      await world.sleep(50);
      world.crash('n1');
      await world.sleep(100);
      world.restart('n1');
      await world.sleep(10);
      // The harness itself would never touch a dead Host; code that leaked out of its node could.
      void old?.disk.write({ late: 1 });
      void old?.peer<{ x(n: number): void }>('n2').x(1);
      old?.clock.after(1, () => events.push('ghost'));
      await world.sleep(100);
      expect(world.counters('n1').calls).toBe(0);
      expect(world.diskBytes('n1')).toBe(5);
    });
    expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
    expect(events).toEqual(['boot', 'written', 'boot']);
  });

  it('keeps a reply from reaching a later incarnation', async () => {
    const answers: string[] = [];
    let boots = 0;
    const program: ToyProgram = (host) => {
      if (host.id === 'n2') {
        host.serve({
          slow: async () => {
            await host.clock.sleep(50);
            return 'late';
          },
        });
      }
      if (host.id === 'n1' && ++boots === 1) {
        host.clock.after(
          1,
          () =>
            void host
              .peer<{ slow(n: number): string }>('n2')
              .slow(1)
              .then((reply) => answers.push(reply)),
        );
      }
      return {};
    };
    const options = toyRun(program, async (world) => {
      await world.sleep(20);
      world.crash('n1');
      world.restart('n1');
      await world.sleep(500);
    });
    expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
    expect(boots).toBe(2);
    expect(answers).toEqual([]);
  });

  it('tells a script that waits for the node: interrupted, outcome unknown', async () => {
    const program: ToyProgram = () => ({ value: () => 1 });
    const options = toyRun(program, async (world) => {
      world.pause('n1');
      const waiting = world.invoke('n1', 'value', read('value'));
      await world.sleep(5);
      world.crash('n1');
      await expect(waiting).rejects.toBeInstanceOf(Interrupted);
      await expect(world.invoke('n1', 'value', read('value'))).rejects.toThrow('n1 is down');
    });
    expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
  });

  it('fails the calls that the dead node was handling', async () => {
    const ended: number[] = [];
    const program: ToyProgram = (host) => {
      if (host.id === 'n2') host.serve({ never: () => new Promise(() => undefined) });
      if (host.id === 'n1') {
        host.clock.after(1, () => {
          host
            .peer<{ never(n: number): void }>('n2')
            .never(1, { timeoutMs: 60_000 })
            .catch(() => ended.push(host.clock.now()));
        });
      }
      return {};
    };
    const options = toyRun(program, async (world) => {
      await world.sleep(20);
      world.crash('n2');
      await world.sleep(1000);
    });
    await runSimulation(options);
    expect(ended.length).toBe(1);
    expect(ended[0]).toBeLessThan(121);
  });
});

describe('a disk', () => {
  /** Writes three batches without waiting, and reports what a later boot finds. */
  const writer: ToyProgram = async (host) => {
    const found = await host.disk.entries<number>();
    return {
      write: () => {
        void host.disk.write({ a: 1, b: 1 });
        void host.disk.write({ a: 2 });
        void host.disk.write({ c: 3 });
      },
      found: () => Object.fromEntries(found),
    };
  };

  async function outcomes(order: 'ordered' | 'reordered', survival = 0.5): Promise<Set<string>> {
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const options = toyRun(
        writer,
        async (world) => {
          await world.sleep(5);
          await world.invoke('n1', 'write', read('write'));
          world.crash('n1');
          world.restart('n1');
          await world.sleep(5);
          seen.add(JSON.stringify(await world.invoke('n1', 'found', read('found'))));
        },
        { seed: String(seed), servers: 1, disk: () => disk({ writeMs: [5, 5], survival, order }) },
      );
      expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
    }
    return seen;
  }

  it('keeps a prefix of the unconfirmed batches in the ordered model: batch 2 alone is never kept', async () => {
    expect(await outcomes('ordered')).toEqual(
      new Set(['{}', '{"a":1,"b":1}', '{"a":2,"b":1}', '{"a":2,"b":1,"c":3}']),
    );
  });

  it('keeps any subset in the reordered model, but never a part of a batch', async () => {
    expect(await outcomes('reordered')).toEqual(
      new Set([
        '{}',
        '{"a":1,"b":1}',
        '{"a":2}',
        '{"c":3}',
        '{"a":2,"b":1}',
        '{"a":1,"b":1,"c":3}',
        '{"a":2,"c":3}',
        '{"a":2,"b":1,"c":3}',
      ]),
    );
  });

  it('keeps every confirmed batch, whatever the model', async () => {
    const program: ToyProgram = async (host) => {
      const found = await host.disk.entries<number>();
      return { write: () => void host.disk.write({ a: 1 }), found: () => found.length };
    };
    for (let seed = 0; seed < 20; seed++) {
      const options = toyRun(
        program,
        async (world) => {
          await world.sleep(5);
          await world.invoke('n1', 'write', read('write'));
          await world.sleep(10);
          world.crash('n1');
          world.restart('n1');
          await world.sleep(5);
          expect(await world.invoke('n1', 'found', read('found'))).toBe(1);
        },
        { seed: String(seed), servers: 1, disk: () => disk({ survival: 0, order: 'reordered' }) },
      );
      expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
    }
  });

  it('leaves the fate of a rejected write open', async () => {
    const fates = new Set<string>();
    const program: ToyProgram = async (host) => {
      const before = await host.disk.read('a');
      let rejected = false;
      if (before === undefined) await host.disk.write({ a: 1 }).catch(() => (rejected = true));
      const after = await host.disk.read('a');
      return { fate: () => ({ rejected, visible: after === 1 }) };
    };
    for (let seed = 0; seed < 40; seed++) {
      const options = toyRun(
        program,
        async (world) => {
          await world.sleep(5);
          fates.add(JSON.stringify(await world.invoke('n1', 'fate', read('fate'))));
        },
        { seed: String(seed), servers: 1, disk: () => disk({ failure: 0.5 }) },
      );
      expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
    }
    expect(fates).toEqual(
      new Set([
        '{"rejected":false,"visible":true}',
        '{"rejected":true,"visible":true}',
        '{"rejected":true,"visible":false}',
      ]),
    );
  });

  it('shows a node its own writes at once, as copies', async () => {
    const program: ToyProgram = async (host) => {
      const value = { list: [1] };
      const written = host.disk.write({ a: value });
      value.list.push(2);
      const first = await host.disk.read<{ list: number[] }>('a');
      first?.list.push(3);
      const second = await host.disk.read<{ list: number[] }>('a');
      await written;
      return { second: () => second };
    };
    const options = toyRun(
      program,
      async (world) => {
        await world.sleep(50);
        expect(await world.invoke('n1', 'second', read('second'))).toEqual({ list: [1] });
      },
      { servers: 1, disk: () => disk({ writeMs: [20, 20] }) },
    );
    expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
  });
});

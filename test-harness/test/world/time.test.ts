import { describe, expect, it } from 'vitest';
import { runSimulation } from '../../src/world/index.ts';
import { NodeClock } from '../../src/world/node-clock.ts';
import { toyRun } from './toy.ts';
import type { ToyNode, ToyProgram } from './toy.ts';

const read =
  <T>(name: string) =>
  (node: ToyNode): T =>
    (node[name] as () => T)();
const passes = { status: 'pass' };

describe("a node's clock", () => {
  it('never goes back, whatever is done to it', () => {
    const clock = new NodeClock();
    const readings: number[] = [];
    for (let now = 0; now < 1000; now += 10) {
      if (now === 300) clock.bend(now, -100, undefined);
      if (now === 500) clock.bend(now, 50, 0.5);
      if (now === 700) clock.bend(now, 0, 2);
      readings.push(clock.read(now));
    }
    for (const [i, reading] of readings.entries())
      expect(reading).toBeGreaterThanOrEqual(readings[i - 1] ?? 0);
  });

  it('measures its own milliseconds: at double rate a second takes half a second', async () => {
    const program: ToyProgram = (host) => {
      let woke = 0;
      return {
        sleep: () => void host.clock.sleep(1000).then(() => (woke = host.clock.now())),
        woke: () => woke,
      };
    };
    const options = toyRun(program, async (world) => {
      world.bendClock('n1', { rate: 2 });
      const start = world.now;
      await world.invoke('n1', 'sleep', read('sleep'));
      while ((await world.invoke('n1', 'woke', read<number>('woke'))) === 0) await world.sleep(1);
      expect(world.now - start).toBeGreaterThanOrEqual(500);
      expect(world.now - start).toBeLessThan(503);
    });
    expect((await runSimulation(options)).verdict).toEqual(passes);
  });
});

describe('timers', () => {
  it('of one node that are due together run in the order of their making', async () => {
    const order: number[] = [];
    const program: ToyProgram = (host) => {
      if (host.id !== 'n1') return {};
      for (let i = 0; i < 50; i++) host.clock.after(10, () => order.push(i));
      const cancelled = host.clock.after(10, () => order.push(-1));
      cancelled.cancel();
      cancelled.cancel();
      return {};
    };
    await runSimulation(toyRun(program, (world) => world.sleep(100)));
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('of different nodes that are due together run in an order that the seed chooses', async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const order: string[] = [];
      const program: ToyProgram = (host) => {
        host.clock.after(10, () => order.push(host.id));
        return {};
      };
      await runSimulation(toyRun(program, (world) => world.sleep(100), { seed: String(seed) }));
      orders.add(order.join(' '));
    }
    expect(orders.size).toBe(6);
  });
});

describe('a machine', () => {
  const counting: ToyProgram = (host) => {
    let ticks = 0;
    const tick = (): void => {
      ticks++;
      host.clock.after(1, tick);
    };
    tick();
    host.serve({ work: () => ticks });
    return { ticks: () => ticks };
  };

  it('that is paused does nothing, and then goes on', async () => {
    const options = toyRun(counting, async (world) => {
      await world.sleep(100);
      const before = await world.invoke('n1', 'ticks', read<number>('ticks'));
      world.pause('n1');
      await world.sleep(1000);
      world.resume('n1');
      const after = await world.invoke('n1', 'ticks', read<number>('ticks'));
      expect(after - before).toBeLessThan(3);
      await world.sleep(100);
      expect((await world.invoke('n1', 'ticks', read<number>('ticks'))) - after).toBeGreaterThan(80);
    });
    expect((await runSimulation(options)).verdict).toEqual(passes);
  });

  it('serves one event after the other: a flood of calls queues, and takes its time', async () => {
    const calls = 1000;
    const ends: number[] = [];
    const program: ToyProgram = (host) => {
      if (host.id === 'n2') host.serve({ work: () => 1 });
      return {
        flood: () => {
          const start = host.clock.now();
          for (let i = 0; i < calls; i++) {
            void host
              .peer<{ work(n: number): number }>('n2')
              .work(i)
              .then(() => ends.push(host.clock.now() - start));
          }
        },
      };
    };
    const options = toyRun(program, async (world) => {
      await world.invoke('n1', 'flood', read('flood'));
      await world.sleep(1000);
    });
    expect((await runSimulation(options)).verdict).toEqual(passes);
    expect(ends.length).toBe(calls);
    // 5 µs for each request at n2: the last can't have been answered before 5 ms.
    expect(Math.max(...ends)).toBeGreaterThan(5);
    expect(Math.max(...ends)).toBeLessThan(20);
  });

  it('takes longer for more bytes: a gigabit a second, each way', async () => {
    const took: number[] = [];
    const program: ToyProgram = (host) => {
      host.serve({ put: () => 1 });
      return {
        send: () => {
          const start = host.clock.now();
          void host
            .peer<{ put(data: string): number }>('n2')
            .put('x'.repeat(1_000_000))
            .then(() => took.push(host.clock.now() - start));
        },
      };
    };
    const options = toyRun(program, async (world) => {
      await world.invoke('n1', 'send', read('send'));
      await world.sleep(1000);
    });
    await runSimulation(options);
    // Out of n1 and into n2: twice 8 ms.
    expect(took[0]).toBeGreaterThan(16);
    expect(took[0]).toBeLessThan(17);
  });

  it('that is slowed takes so many times as long for everything', async () => {
    const took: number[] = [];
    const program: ToyProgram = (host) => {
      host.serve({ work: () => 1 });
      return {
        flood: () => {
          const start = host.clock.now();
          const all = Array.from({ length: 100 }, (_, i) =>
            host.peer<{ work(n: number): number }>('n2').work(i),
          );
          void Promise.all(all).then(() => took.push(host.clock.now() - start));
        },
      };
    };
    const options = toyRun(program, async (world) => {
      await world.invoke('n1', 'flood', read('flood'));
      await world.sleep(500);
      world.slow('n2', 100);
      await world.invoke('n1', 'flood', read('flood'));
      await world.sleep(500);
    });
    await runSimulation(options);
    expect(took[1]).toBeGreaterThan(20 * (took[0] ?? Infinity));
  });
});

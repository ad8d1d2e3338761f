import { describe, expect, it } from 'vitest';
import { runSimulation } from '../../src/world/index.ts';
import { toyRun } from './toy.ts';
import type { ToyProgram } from './toy.ts';

describe('parties share nothing', () => {
  it("an event runs all of its node's microtasks before the next event begins", async () => {
    const log: string[] = [];
    const program: ToyProgram = (host) => {
      const chain = async (): Promise<void> => {
        for (let step = 0; step < 50; step++) {
          log.push(host.id);
          await Promise.resolve();
          await Promise.resolve().then(() => undefined);
        }
      };
      host.clock.after(10, () => void chain());
      return {};
    };
    await runSimulation(toyRun(program, (world) => world.sleep(100)));
    expect(log.length).toBe(150);
    const changes = log.filter((id, i) => i > 0 && id !== log[i - 1]).length;
    expect(changes).toBe(2);
  });

  it('a message arrives as a copy, and so does its reply', async () => {
    const sent = { list: [1, 2, 3] };
    const kept: unknown[] = [];
    const stored = { secret: [1] };
    const program: ToyProgram = (host) => {
      host.serve({
        keep: (args: { list: number[] }) => {
          kept.push(args);
          args.list.push(99);
          return stored;
        },
      });
      if (host.id === 'n1') {
        host.clock.after(5, () => {
          void host
            .peer<{ keep(args: { list: number[] }): { secret: number[] } }>('n2')
            .keep(sent)
            .then((reply) => reply.secret.push(2));
          sent.list.push(4);
        });
      }
      return {};
    };
    await runSimulation(toyRun(program, (world) => world.sleep(100)));
    expect(sent.list).toEqual([1, 2, 3, 4]);
    expect(kept).toEqual([{ list: [1, 2, 3, 99] }]);
    expect(stored.secret).toEqual([1]);
  });

  it("a script's results are copies, and its steps are events of their own", async () => {
    const inner = { n: 1 };
    const program: ToyProgram = () => ({ get: () => inner });
    const options = toyRun(program, async (world) => {
      const got = await world.invoke('n1', 'get', (node) => (node['get'] as () => { n: number })());
      got.n = 7;
      expect(inner.n).toBe(1);
    });
    expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
  });

  it('each scope has its own services, disk names and counters', async () => {
    const answers: unknown[] = [];
    const program: ToyProgram = async (host) => {
      const low = host.scope('low');
      host.serve({ who: () => 'top' });
      low.serve({ who: () => 'low' });
      await host.disk.write({ x: 'top' });
      await low.disk.write({ x: 'low' });
      answers.push(await host.disk.read('x'), await low.disk.read('x'), (await low.disk.entries()).length);
      if (host.id === 'n1') {
        await host.clock.sleep(10);
        answers.push(await host.peer<{ who(n: number): string }>('n2').who(1));
        answers.push(await low.peer<{ who(n: number): string }>('n2').who(1));
      }
      return {};
    };
    const options = toyRun(program, async (world) => {
      await world.sleep(100);
      expect(world.counters('n1').calls).toBe(2);
      expect(world.counters('n1', 'low').calls).toBe(1);
      expect(world.diskBytes('n1', 'low')).toBe(world.diskBytes('n1') / 2);
    });
    expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
    expect(answers.slice(-2)).toEqual(['top', 'low']);
    expect(answers.slice(0, 3)).toEqual(['top', 'low', 1]);
  });
});

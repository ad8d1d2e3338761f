import type { Host } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import { runSimulation } from '../../src/world/index.ts';
import { labrpc } from '../../src/faults/index.ts';
import { toyRun } from './toy.ts';
import type { ToyNode, ToyProgram } from './toy.ts';

interface Echo {
  echo(args: { text: string }): string;
}

/** Every node echoes; n1 asks n2 every 5 ms and counts the answers. */
const echoing: ToyProgram = (host) => {
  let answers = 0;
  let failures = 0;
  host.serve({ echo: ({ text }: { text: string }) => `${text}!` });
  const ask = async (): Promise<void> => {
    for (;;) {
      try {
        await host.peer<Echo>('n2').echo({ text: 'hello' }, { timeoutMs: 100 });
        answers++;
      } catch {
        failures++;
      }
      await host.clock.sleep(5);
    }
  };
  if (host.id === 'n1') void ask();
  return { counts: () => ({ answers, failures }) };
};

const counts = (node: ToyNode): { answers: number; failures: number } =>
  (node['counts'] as () => { answers: number; failures: number })();

describe('a simulation', () => {
  it('runs nodes that call each other, in virtual time', async () => {
    const result = await runSimulation(
      toyRun(echoing, async (world) => {
        await world.sleep(1000);
        const { answers, failures } = await world.invoke('n1', 'counts', counts);
        expect(answers).toBeGreaterThan(150);
        expect(failures).toBe(0);
      }),
    );
    expect(result.verdict).toEqual({ status: 'pass' });
    expect(result.simulatedMs).toBeGreaterThanOrEqual(1000);
  });

  it('is the same again with the same seed, and different with another', async () => {
    const run = (seed: string): Promise<string> =>
      runSimulation(
        toyRun(echoing, (world) => world.sleep(2000), { seed, network: () => labrpc({ unreliable: true }) }),
      ).then((result) => result.traceHash);
    const [first, again, other] = [await run('1'), await run('1'), await run('2')];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('gives the same hash with and without a recording', async () => {
    const run = (record: boolean): Promise<{ traceHash: string; trace?: readonly unknown[] }> =>
      runSimulation(toyRun(echoing, (world) => world.sleep(500), { options: { record } }));
    const [bare, recorded] = [await run(false), await run(true)];
    expect(recorded.traceHash).toBe(bare.traceHash);
    expect(recorded.trace?.length).toBeGreaterThan(100);
  });

  it('says so when a script waits for something that can never happen', async () => {
    const silent: ToyProgram = () => ({});
    const result = await runSimulation(toyRun(silent, () => new Promise<void>(() => undefined)));
    expect(result.verdict).toMatchObject({ status: 'fail', kind: 'liveness' });
  });

  it('charges an exception in a timer to the node as a crash, with its message', async () => {
    const program: ToyProgram = (host: Host) => {
      host.clock.after(10, () => {
        throw new TypeError('oops');
      });
      return {};
    };
    const result = await runSimulation(toyRun(program, (world) => world.sleep(1000)));
    expect(result.verdict).toMatchObject({
      status: 'fail',
      kind: 'crash',
      message: expect.stringContaining('TypeError: oops') as unknown,
      atMs: 10,
    });
  });
});

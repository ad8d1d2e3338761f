import { DiskError, RpcError } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import { disk, labrpc } from '../../src/faults/index.ts';
import { runSimulation, UNHANDLED_GRACE_MS } from '../../src/world/index.ts';
import { toyRun } from './toy.ts';
import type { ToyProgram } from './toy.ts';

interface Peer {
  hit(n: number): number;
}

const passes = { status: 'pass' };

/** Runs n1's program for 20 virtual seconds on a network that loses a lot. */
async function verdictOf(program: ToyProgram): Promise<unknown> {
  const onN1: ToyProgram = (host, servers, observe) =>
    host.id === 'n1' ? program(host, servers, observe) : {};
  const options = toyRun(onN1, (world) => world.sleep(20_000), {
    network: () => labrpc({ unreliable: true }),
    disk: () => disk({ failure: 0.5 }),
  });
  return (await runSimulation(options)).verdict;
}

describe('correct code is not punished', () => {
  it('for calls that it fires and forgets', async () => {
    const program: ToyProgram = (host) => {
      const fire = (): void => {
        void host.peer<Peer>('n2').hit(1);
        void host.disk.write({ a: 1 });
        host.clock.after(10, fire);
      };
      fire();
      return {};
    };
    expect(await verdictOf(program)).toEqual(passes);
  });

  it('for awaiting calls in an unlucky order', async () => {
    let failures = 0;
    const program: ToyProgram = (host) => {
      const run = async (): Promise<void> => {
        for (let i = 0; i < 20; i++) {
          const slow = host.clock.sleep(800);
          const call = host.peer<Peer>('n2').hit(i);
          await slow;
          try {
            await call;
          } catch (error) {
            if (error instanceof RpcError) failures++;
          }
        }
      };
      void run();
      return {};
    };
    expect(await verdictOf(program)).toEqual(passes);
    expect(failures).toBe(20);
  });

  it('for a rejection of its own that it handles within the grace', async () => {
    const program: ToyProgram = (host) => {
      const late = (async () => {
        await host.clock.sleep(1);
        throw new Error('expected');
      })();
      host.clock.after(UNHANDLED_GRACE_MS - 100, () => void late.catch(() => undefined));
      return {};
    };
    expect(await verdictOf(program)).toEqual(passes);
  });

  it('for a disk that fails, when it copes', async () => {
    let errors = 0;
    const program: ToyProgram = (host) => {
      const run = async (): Promise<void> => {
        for (let i = 0; i < 50; i++) {
          await host.disk.write({ i }).catch((error: unknown) => {
            if (error instanceof DiskError) errors++;
          });
        }
      };
      void run();
      return {};
    };
    expect(await verdictOf(program)).toEqual(passes);
    expect(errors).toBeGreaterThan(5);
  });
});

describe('faulty code is', () => {
  it('a crash, when a rejection of its own stays unhandled past the grace', async () => {
    const program: ToyProgram = (host) => {
      const run = async (): Promise<void> => {
        await host.clock.sleep(100);
        throw new RangeError('nobody listens');
      };
      void run();
      return {};
    };
    const verdict = await verdictOf(program);
    expect(verdict).toMatchObject({
      status: 'fail',
      kind: 'crash',
      node: 'n1',
      atMs: 100 + UNHANDLED_GRACE_MS,
    });
    expect((verdict as { message: string }).message).toContain('RangeError: nobody listens');
  });

  it('a crash at once, when a factory throws or rejects', async () => {
    const throws: ToyProgram = () => {
      throw new Error('no boot');
    };
    const rejects: ToyProgram = () => Promise.reject(new Error('no boot'));
    expect(await verdictOf(throws)).toMatchObject({ kind: 'crash', message: 'n1 crashed: Error: no boot' });
    expect(await verdictOf(rejects)).toMatchObject({
      kind: 'crash',
      message: 'n1 crashed while it started: Error: no boot',
    });
  });

  it('stopped by a budget, when it never stops', async () => {
    const runaway: ToyProgram = (host) => {
      const spin = (): void => void host.clock.after(0, spin);
      spin();
      return {};
    };
    const options = toyRun(runaway, (world) => world.sleep(1e6), { budget: { events: 20_000 } });
    expect((await runSimulation(options)).verdict).toMatchObject({
      kind: 'budget',
      property: 'bounded work',
    });
    const flood: ToyProgram = (host) => {
      const send = (): void => {
        for (let i = 0; i < 100; i++) void host.peer<Peer>('n2').hit(i);
        host.clock.after(1, send);
      };
      send();
      return {};
    };
    const flooding = toyRun(flood, (world) => world.sleep(1e6), { budget: { messages: 10_000 } });
    expect((await runSimulation(flooding)).verdict).toMatchObject({
      kind: 'budget',
      property: 'bounded traffic',
    });
    const hoarder: ToyProgram = (host) => {
      for (let i = 0; i < 200; i++) host.clock.after(1e6, () => undefined);
      return {};
    };
    const hoarding = toyRun(hoarder, (world) => world.sleep(1e3), { budget: { timers: 100 } });
    expect((await runSimulation(hoarding)).verdict).toMatchObject({
      kind: 'budget',
      property: 'bounded timers',
    });
  });

  it('caught when looking at it has effects', async () => {
    const options = toyRun(
      (host) => ({ look: () => host.clock.after(1, () => undefined) }),
      (world) => world.sleep(10),
      { lab: { sample: (driver) => (driver as { look(): void }).look() } },
    );
    expect((await runSimulation(options)).verdict).toMatchObject({
      kind: 'crash',
      message: expect.stringContaining('may not touch the Host') as unknown,
    });
  });
});

import { describe, expect, it } from 'vitest';
import type {
  DeferredAnswer,
  Device,
  DeviceContext,
  DeviceWorld,
  Draw,
  Judge,
  Observation,
} from '../../src/suite/index.ts';
import { runSimulation } from '../../src/world/index.ts';
import { toyRun } from './toy.ts';
import type { ToyProgram } from './toy.ts';

const silent: ToyProgram = () => ({});

describe('a script', () => {
  it('fails the run with the violation that it names', async () => {
    const options = toyRun(silent, async (world) => {
      await world.sleep(10);
      world.fail({ kind: 'safety', property: 'election safety', message: 'two leaders', node: 'n2' });
    });
    expect((await runSimulation(options)).verdict).toEqual({
      status: 'fail',
      kind: 'safety',
      property: 'election safety',
      message: 'two leaders',
      node: 'n2',
      atMs: 11,
    });
  });

  it('waits for a condition, and fails with a violation of its own making when it does not come', async () => {
    const options = toyRun(silent, async (world) => {
      const start = world.now;
      const at = await world.until(() => (world.now >= 50 ? world.now : undefined), {
        withinMs: 100,
        violation: never,
      });
      expect(at - start).toBeLessThan(61);
      await world.until(() => false, {
        withinMs: 100,
        violation: () => ({
          kind: 'liveness',
          property: 'leader',
          message: `none at ${Math.round(world.now)}`,
        }),
      });
    });
    expect((await runSimulation(options)).verdict).toMatchObject({
      kind: 'liveness',
      message: 'none at 151',
    });
  });

  it('checks measured values against bounds, and reports them all', async () => {
    const options = toyRun(silent, async (world) => {
      await world.sleep(1);
      world.bound('messages', 24, { atMost: 30 });
      world.bound('messages', 31, { atMost: 30 });
    });
    const result = await runSimulation(options);
    expect(result.bounds).toEqual([
      { name: 'messages', value: 24, atMost: 30 },
      { name: 'messages', value: 31, atMost: 30 },
    ]);
    expect(result.verdict).toMatchObject({
      kind: 'budget',
      message: 'messages: 31, but at most 30 expected',
    });
  });

  it.each([NaN, Infinity])('counts a share of nothing (%d) as within no bound', async (value) => {
    const options = toyRun(silent, async (world) => {
      await world.sleep(1);
      world.bound('calls for a put', value, { atMost: 30 });
    });
    const { verdict, bounds } = await runSimulation(options);
    expect(bounds).toEqual([]);
    expect(verdict).toMatchObject({
      kind: 'budget',
      message: `calls for a put: ${value}, but at most 30 expected`,
    });
  });

  it('runs threads beside each other, and fails with the first that fails', async () => {
    const log: string[] = [];
    const options = toyRun(silent, async (world) => {
      const thread = (name: string) => async (): Promise<void> => {
        for (let i = 0; i < 3; i++) {
          log.push(name);
          await world.sleep(10);
        }
      };
      await Promise.all([world.spawn(thread('a')), world.spawn(thread('b'))]);
    });
    expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
    expect(log).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('that throws something else is a defect of the suite, never a verdict', async () => {
    const options = toyRun(silent, async (world) => {
      await world.sleep(1);
      throw new TypeError('a typo in the suite');
    });
    await expect(runSimulation(options)).rejects.toThrow('a typo in the suite');
  });

  it('ends at the time limit', async () => {
    const options = toyRun(silent, (world) => world.sleep(1e9), { timeLimitMs: 5000 });
    expect((await runSimulation(options)).verdict).toMatchObject({ kind: 'liveness', atMs: 5000 });
  });

  it('gets nonces that differ from each other and between seeds', async () => {
    const nonces = new Set<string>();
    for (const seed of ['1', '2']) {
      await runSimulation(
        toyRun(
          silent,
          async (world) => {
            await world.sleep(1);
            for (let i = 0; i < 100; i++) nonces.add(world.nonce());
          },
          { seed },
        ),
      );
    }
    expect(nonces.size).toBe(200);
  });

  it('draws a plan up front, which the result carries and an artefact can replace', async () => {
    const plan = (draw: Draw): unknown => ({ steps: draw.sample([1, 2, 3, 4], 2) });
    const options = toyRun(silent, (world) => world.sleep(1), { plan });
    const first = await runSimulation(options);
    expect((first.plan as { steps: number[] }).steps.length).toBe(2);
    expect((await runSimulation(options)).plan).toEqual(first.plan);
    const replaced = await runSimulation({ ...options, plan: { steps: [] } });
    expect(replaced.plan).toEqual({ steps: [] });
  });
});

function never(): never {
  throw new Error('must not be asked');
}

describe('judges', () => {
  const counting = (limit: number, advisory?: true): Judge => {
    let seen = 0;
    return {
      property: 'at most so many',
      ...(advisory === undefined ? {} : { advisory }),
      observe: (observation: Observation) =>
        observation.kind === 'tick' && ++seen > limit
          ? { kind: 'safety', property: 'at most so many', message: `${seen} ticks` }
          : undefined,
    };
  };
  const ticking: ToyProgram = (host, _servers, observe) => {
    const tick = (): void => {
      observe({ kind: 'tick', text: 'tick' });
      host.clock.after(10, tick);
    };
    if (host.id === 'n1') tick();
    return {};
  };

  it('end the run with the event in which the property broke', async () => {
    const options = toyRun(ticking, (world) => world.sleep(1000), { lab: { judges: () => [counting(5)] } });
    expect((await runSimulation(options)).verdict).toMatchObject({
      kind: 'safety',
      message: '6 ticks',
      atMs: 50,
    });
  });

  it('have the last word when the script has come to its end', async () => {
    const incomplete: Judge = {
      property: 'completeness',
      observe: () => undefined,
      finish: ({ atMs }) => ({
        kind: 'safety',
        property: 'completeness',
        message: `something is missing at ${atMs}`,
      }),
    };
    const options = toyRun(ticking, (world) => world.sleep(99), { lab: { judges: () => [incomplete] } });
    expect((await runSimulation(options)).verdict).toMatchObject({
      message: 'something is missing at 100',
      atMs: 100,
    });
  });

  it('that are advisory never decide, and explain a failure for another reason', async () => {
    const judges = (): Judge[] => [counting(3, true)];
    const fine = toyRun(ticking, (world) => world.sleep(1000), { lab: { judges } });
    expect((await runSimulation(fine)).verdict).toEqual({ status: 'pass' });
    const failing = toyRun(ticking, (world) => world.sleep(1000), {
      lab: { judges: () => [...judges(), counting(20)] },
    });
    expect((await runSimulation(failing)).verdict).toMatchObject({
      message: '21 ticks',
      explanation: { message: '4 ticks', atMs: 30 },
    });
  });
});

describe('a device', () => {
  it('answers calls of nodes one at a time, in events of its own, with copies', async () => {
    const results: boolean[] = [];
    const makeLock = (): Device => {
      let holder: string | undefined;
      return {
        handlers: {
          testAndSet: (_args, context) => {
            if (holder !== undefined) return false;
            holder = context.from;
            context.note(`${holder} holds the lock`);
            return true;
          },
        },
      };
    };
    const options = toyRun(silent, (world) => world.sleep(100), {
      devices: () => ({ lock: makeLock() }),
      options: { record: true },
      lab: {
        boot: (context) => {
          const lock = context.deps['lock'] as { testAndSet(args: unknown): Promise<boolean> };
          context.host.clock.after(5, () => void lock.testAndSet(undefined).then((got) => results.push(got)));
          return {};
        },
      },
    });
    const result = await runSimulation(options);
    expect(result.verdict).toEqual({ status: 'pass' });
    expect(results.filter((got) => got)).toEqual([true]);
    expect(results.length).toBe(3);
    expect(result.trace?.some(({ text }) => text.includes('holds the lock'))).toBe(true);
  });

  it('may put an answer off, plan ahead, observe, and be held by the script', async () => {
    const rang: string[] = [];
    const seen: string[] = [];
    class Bell implements Device {
      readonly hopUs = [60, 60] as const;
      #world: DeviceWorld | undefined;
      #waiting: DeferredAnswer[] = [];
      readonly handlers = {
        wait: (_args: unknown, context: DeviceContext) => void this.#waiting.push(context.defer()),
      };
      start(world: DeviceWorld): void {
        this.#world = world;
      }
      ring(): void {
        this.#world?.after(3, () => {
          this.#world?.observe({ kind: 'rang', text: `rang at ${this.#world.atMs}` });
          for (const one of this.#waiting) one.answer('ding');
        });
      }
    }
    const options = toyRun(
      silent,
      async (world) => {
        await world.sleep(10);
        (world.devices['bell'] as Bell).ring();
        world.crash('n3');
        await world.sleep(10);
      },
      {
        devices: () => ({ bell: new Bell() }),
        lab: {
          boot: (context) => {
            const bell = context.deps['bell'] as { wait(args: unknown): Promise<string> };
            const { host } = context;
            void bell.wait(undefined).then((sound) => rang.push(`${host.id} ${sound} ${host.clock.now()}`));
            return {};
          },
          judges: () => [
            {
              property: 'none',
              observe: (what, { node, atMs }) => void seen.push(`${what.kind} ${node ?? 'device'} ${atMs}`),
            },
          ],
        },
      },
    );
    expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
    expect(seen).toEqual(['rang device 14']);
    expect(rang).toEqual(['n1 ding 14.06', 'n2 ding 14.06']);
  });
});

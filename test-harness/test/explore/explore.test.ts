import { describe, expect, it } from 'vitest';
import { deviations } from '../../src/faults/index.ts';
import { explore, overridesOf } from '../../src/explore/index.ts';
import type { ExploreReport, ScenarioPlan, Schedule } from '../../src/explore/index.ts';
import type { RunResult } from '../../src/runner/run.ts';
import { runSimulation } from '../../src/world/index.ts';
import { toyRun } from '../world/toy.ts';
import type { ToyNode, ToyProgram } from '../world/toy.ts';

interface Store {
  set(args: { version: number; value: string }): boolean;
}

/** n1 sends two versions to n2, which must end with the later one; a faulty n2 keeps what came last. */
function versions(isFaulty: boolean): ToyProgram {
  return (host) => {
    let version = 0;
    let value = '';
    host.serve({
      set: (args: { version: number; value: string }) => {
        if (args.version < version && !isFaulty) return false;
        version = args.version;
        value = args.value;
        return true;
      },
    });
    if (host.id === 'n1') {
      const store = host.peer<Store>('n2');
      host.clock.after(5, () => void store.set({ version: 1, value: 'old' }));
      host.clock.after(15, () => void store.set({ version: 2, value: 'new' }));
    }
    return { value: () => value };
  };
}

/** n1 promises in a message what it writes only afterwards (faulty), or before. */
function promising(isFaulty: boolean): ToyProgram {
  return async (host) => {
    let kept = (await host.disk.read('promise')) === true;
    let told: unknown;
    host.serve({
      tell: () => {
        told = true;
        return true;
      },
    });
    if (host.id === 'n1' && !kept) {
      host.clock.after(5, () => {
        const tell = (): void => void host.peer<{ tell(n: number): boolean }>('n2').tell(1);
        if (isFaulty) tell();
        void host.disk.write({ promise: true }).then(() => {
          kept = true;
          if (!isFaulty) tell();
        });
      });
    }
    return { kept: () => kept, told: () => told === true };
  };
}

const read = (name: string) => (node: ToyNode) => (node[name] as () => unknown)();

function runner(program: ToyProgram, isBroken: (kept: unknown, told: unknown, value: unknown) => boolean) {
  return (schedules: readonly Schedule[]): Promise<RunResult[]> =>
    Promise.all(
      schedules.map((schedule) =>
        runSimulation(
          toyRun(
            program,
            async (world, plan) => {
              for (const { node, afterEffects } of (plan as ScenarioPlan).crashes)
                world.crashAfterEffects(node, afterEffects);
              await world.sleep(100);
              for (const node of world.servers) world.restart(node);
              await world.sleep(3);
              const ask = (node: string, name: string): Promise<unknown> =>
                world.invoke(node, name, (driver) => (name in driver ? read(name)(driver) : undefined));
              const broken = isBroken(
                await ask('n1', 'kept'),
                await ask('n2', 'told'),
                await ask('n2', 'value'),
              );
              if (broken) world.fail({ kind: 'safety', property: 'toy', message: 'broken' });
            },
            {
              servers: 2,
              network: () => deviations([20]),
              options: {
                plan: schedule.plan,
                overrides: overridesOf(schedule),
                explore: true,
                recordChoices: true,
              },
            },
          ),
        ),
      ),
    );
}

const explored = (
  program: ToyProgram,
  isBroken: (kept: unknown, told: unknown, value: unknown) => boolean,
  maxSchedules = 2000,
): Promise<ExploreReport> => explore({ maxSchedules, run: runner(program, isBroken) });

const isStale = (_kept: unknown, _told: unknown, value: unknown): boolean => value === 'old';
const isForgotten = (kept: unknown, told: unknown): boolean => told === true && kept === false;

describe('exploring a scenario', () => {
  it('finds the delivery order that breaks a property, and says which message was late', async () => {
    const { found } = await explored(versions(true), isStale);
    const sites = found.flatMap(({ schedule }) => Object.entries(schedule.overrides));
    expect(sites).toContainEqual(['message:1:1:9', 1]);
  });

  it('finds the crash between a promise and its write', async () => {
    const { found } = await explored(promising(true), isForgotten);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]?.schedule.plan.crashes[0]?.node).toBe('n1');
  });

  it('comes to its end on correct code without a violation, having tried every crash point', async () => {
    const report = await explored(promising(false), isForgotten);
    expect(report).toMatchObject({ found: [], isCut: false });
    expect(report.crashPoints).toBeGreaterThan(5);
    expect(report.classes).toBeLessThanOrEqual(report.schedules);
    const stale = await explored(versions(false), (_kept, _told, value) => value === 'old');
    expect(stale.schedules).toBeGreaterThan(10);
  });

  it('keeps to its budget, and says that it was cut', async () => {
    const report = await explored(versions(false), () => false, 7);
    expect(report).toMatchObject({ schedules: 7, isCut: true });
  });

  it('is deterministic', async () => {
    expect(await explored(versions(true), isStale, 100)).toEqual(
      await explored(versions(true), isStale, 100),
    );
  });
});

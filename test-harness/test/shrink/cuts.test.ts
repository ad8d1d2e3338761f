import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/runner/run.ts';
import { shrink } from '../../src/shrink/index.ts';
import type { Candidate, Shrunk } from '../../src/shrink/index.ts';
import { Interrupted } from '../../src/suite/index.ts';
import type { Judge, Observation, ScriptWorld } from '../../src/suite/index.ts';
import { runSimulation } from '../../src/world/index.ts';
import { toyRun } from '../world/toy.ts';
import type { ToyNode, ToyProgram } from '../world/toy.ts';

interface Count extends Observation {
  readonly value: number;
}

/** Counts in memory alone, so that a crash takes it back. */
const forgetful: ToyProgram = (_host, _servers, observe) => {
  let value = 0;
  return {
    add: () => {
      value++;
      const seen: Count = { kind: 'count', text: `counts ${value}`, value };
      observe(seen);
      return value;
    },
  };
};

/** A node never counts lower than before. */
function monotony(): Judge {
  const highest = new Map<string, number>();
  return {
    property: 'monotony',
    observe: (seen, { node = '' }) => {
      const { value } = seen as Count;
      const before = highest.get(node) ?? 0;
      highest.set(node, Math.max(before, value));
      if (value >= before) return undefined;
      return { kind: 'safety', property: 'monotony', message: `${value} after ${before}`, node };
    },
  };
}

/** As scripts do: a node may be down, and then its answer does not come. */
async function add(world: ScriptWorld<ToyNode>, node: string): Promise<void> {
  try {
    await world.invoke(node, 'add', (counter) => (counter['add'] as () => number)());
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  }
}

/** Nothing in it is drawn: all that is superfluous has to be cut out. */
async function script(world: ScriptWorld<ToyNode>): Promise<void> {
  for (const node of ['n2', 'n3', 'n4']) await add(world, node);
  world.network.disconnect('n2');
  for (let i = 0; i < 5; i++) {
    await add(world, 'n1');
    await world.sleep(500);
  }
  world.crash('n3');
  world.pause('n4');
  await world.sleep(500);
  world.crash('n1');
  world.restart('n1');
  await world.sleep(500);
  await add(world, 'n1');
}

function run(
  { seed, overrides, maxEvents }: Candidate,
  options: { readonly body?: typeof script; readonly record?: boolean } = {},
): Promise<RunResult> {
  const { body = script, record = false } = options;
  const given = {
    overrides,
    recordChoices: true,
    record,
    ...(Number.isFinite(maxEvents) ? { maxEvents } : {}),
  };
  const lab = { judges: () => [monotony()] };
  return runSimulation(toyRun(forgetful, body, { servers: 4, seed, options: given, lab }));
}

const shrunk = (): Promise<Shrunk | undefined> =>
  shrink({
    start: { seed: '1', plan: null, overrides: {} },
    violation: { kind: 'safety', property: 'monotony' },
    run: (candidates) => Promise.all(candidates.map((candidate) => run(candidate))),
    maxRuns: 3000,
  });

describe('cutting a script, when a judge sees the violation', () => {
  it('leaves the node, the calls and the faults that it takes, and no pause', async () => {
    const result = await shrunk();
    expect(result).toBeDefined();
    if (result === undefined) return;
    const { trace = [] } = await run({ ...result.run, maxEvents: Infinity }, { record: true });
    const told = trace.filter(({ kind }) =>
      ['boot', 'crash', 'fault', 'observe', 'violation'].includes(kind),
    );
    expect(told.map(({ node, text }) => `${node ?? ''} ${text}`)).toEqual([
      'n1 boot',
      'n1 counts 1',
      'n1 counts 2',
      'n1 crash',
      'n1 boot 2',
      'n1 counts 1',
      'n1 monotony: 1 after 2',
    ]);
    expect(result?.before).toMatchObject({ faults: 4 });
    expect(result?.after).toMatchObject({ faults: 1 });
    expect(result?.after.simulatedMs).toBeLessThan((result?.before.simulatedMs ?? 0) / 10);
  });

  it('gives the same run each time', async () => {
    expect((await shrunk())?.run).toEqual((await shrunk())?.run);
  });
});

describe('a run with cuts', () => {
  it('has no verdict of the script, which no longer knows what it sees', async () => {
    const body = async (world: ScriptWorld<ToyNode>): Promise<void> => {
      await world.sleep(10);
      if (world.isUp('n2')) world.fail({ kind: 'safety', property: 'fewer nodes', message: 'n2 is up' });
    };
    const whole = { seed: '1', plan: null, overrides: {}, maxEvents: Infinity };
    expect((await run(whole, { body })).verdict).toMatchObject({ status: 'fail', property: 'fewer nodes' });
    const cut = { ...whole, overrides: { 'cut:0:0:2': 1 } };
    expect((await run(cut, { body })).verdict.status).toBe('pass');
  });

  it('fails in another way when it comes to more events than are wanted', async () => {
    const { verdict } = await run({ seed: '1', plan: null, overrides: {}, maxEvents: 10 });
    expect(verdict).toMatchObject({ status: 'fail', kind: 'budget', property: 'bounded work' });
  });
});

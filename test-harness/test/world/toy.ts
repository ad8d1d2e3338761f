import type { Host, NodeId } from '@lockstep/api';
import type { Implementation, RunOptions } from '../../src/runner/run.ts';
import type { Lab, Observation, ScriptWorld, Test } from '../../src/suite/index.ts';

/** A node's code in these tests: a function of its Host, and what the script may do with it. */
export interface ToyNode {
  readonly [method: string]: unknown;
}

/** Starts one node. */
export type ToyProgram = (
  host: Host,
  servers: readonly NodeId[],
  observe: (seen: Observation) => void,
) => ToyNode | Promise<ToyNode>;

/** A lab of one test, whose implementation is a plain function (no compartment). */
export function toyLab(
  test: Partial<Test<ScriptWorld<ToyNode>>> & Pick<Test<ScriptWorld<ToyNode>>, 'run'>,
  parts: Partial<Lab> = {},
): Lab {
  const whole: Test<ScriptWorld<ToyNode>> = {
    id: 'toy/A/test',
    title: 'toy',
    about: 'a test of the harness itself',
    points: 1,
    servers: 3,
    ...test,
  };
  const lab: Lab<ToyNode, ScriptWorld<ToyNode>> = {
    id: 'toy',
    title: 'Toy',
    entry: 'toy.ts',
    contract: 'toy/1',
    reference: 'nowhere.ts',
    layers: [],
    parts: [{ id: 'A', title: 'all', tests: [whole] }],
    boot: (context) =>
      (context.exports['default'] as ToyProgram)(context.host, context.servers, (seen) =>
        context.observe(seen),
      ),
    judges: () => [],
    script: (world) => world,
    ...(parts as Partial<Lab<ToyNode, ScriptWorld<ToyNode>>>),
  };
  return lab;
}

/** An implementation that is a plain function. */
export function toyImplementation(program: ToyProgram): Implementation {
  return {
    name: 'toy',
    instantiate: () => ({ default: program }),
    describeStack: (error) =>
      error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 2).join('').trim() : '',
  };
}

/** Options to run a program under a script. */
export function toyRun(
  program: ToyProgram,
  run: (world: ScriptWorld<ToyNode>, plan: unknown) => Promise<void>,
  more: Partial<Test<ScriptWorld<ToyNode>>> & {
    seed?: string;
    options?: Partial<RunOptions>;
    lab?: Partial<Lab>;
  } = {},
): RunOptions {
  const { seed = '1', options = {}, lab = {}, ...test } = more;
  return {
    lab: toyLab({ ...test, run }, lab),
    test: 'toy/A/test',
    seed,
    implementation: toyImplementation(program),
    ...options,
  };
}

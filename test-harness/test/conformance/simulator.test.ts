import { describe, expect, it } from 'vitest';
import { ActionRunner, CONFORMANCE_CHECKS } from '../../src/conformance/index.ts';
import type { ConformanceCheck, ConformanceWorld } from '../../src/conformance/index.ts';
import { disk, labrpc } from '../../src/faults/index.ts';
import type { Lab, ScriptWorld } from '../../src/suite/index.ts';
import { copyValue, runSimulation, UNHANDLED_GRACE_MS } from '../../src/world/index.ts';
import { toyImplementation } from '../world/toy.ts';

/** How often the script looks whether an action of a node has ended. */
const LOOK_MS = 0.5;

/** The simulated world as the checks see it: each step is an event of the node that takes it. */
function conformanceWorld(world: ScriptWorld<ActionRunner>): ConformanceWorld {
  return {
    async run<T>(node: string, action: string, argument?: unknown) {
      const copy = copyValue(argument, 'the argument').value;
      const ticket = await world.invoke(node, action, (runner) => runner.begin(action, copy));
      for (;;) {
        const outcome = await world.invoke(node, `${action}: ended?`, (runner) => runner.take(ticket));
        if (outcome?.ok === true) return outcome.value as T;
        if (outcome !== undefined) throw new Error(outcome.reason);
        await world.sleep(LOOK_MS);
      }
    },
    async crash(node) {
      world.crash(node);
    },
    async restart(node) {
      world.restart(node);
      while (world.driver(node) === undefined) await world.sleep(LOOK_MS);
    },
    sleep: (ms) => world.sleep(ms),
  };
}

/** A lab of one test, which is the check. */
function labOf(check: ConformanceCheck): Lab {
  const lab: Lab<ActionRunner, ScriptWorld<ActionRunner>> = {
    id: 'conformance',
    title: 'Conformance',
    entry: 'conformance.ts',
    contract: 'conformance/1',
    reference: '',
    layers: [],
    extraNodes: () => Object.keys(check.nodes).map((id) => ({ id, role: 'node' })),
    boot: ({ host }) => {
      const service = check.nodes[host.id];
      if (service === undefined) throw new Error(`the check has no node ${host.id}`);
      return new ActionRunner(service, host);
    },
    judges: () => [],
    script: (world) => world,
    parts: [
      {
        id: 'A',
        title: 'all',
        tests: [
          {
            id: 'conformance/A/check',
            title: check.name,
            about: check.name,
            points: 1,
            servers: 0,
            network: () => labrpc(),
            // Nothing unconfirmed survives: a check that passes has waited for its writes.
            disk: () => disk({ survival: 0 }),
            run: async (world) => {
              await check.run(conformanceWorld(world));
              await world.sleep(2 * UNHANDLED_GRACE_MS);
            },
          },
        ],
      },
    ],
  };
  return lab;
}

describe('the simulated Host keeps the promises of the node API', () => {
  for (const check of CONFORMANCE_CHECKS) {
    it(`${check.name}`, async () => {
      for (const seed of ['1', '2', '3']) {
        const result = await runSimulation({
          lab: labOf(check),
          test: 'conformance/A/check',
          seed,
          implementation: toyImplementation(() => ({})),
        });
        expect(result.verdict).toEqual({ status: 'pass' });
      }
    });
  }
});

import { defineLab, definePart, defineTest } from '@lockstep/test-harness/suite';
import type { BootContext, Observation, ScriptWorld } from '@lockstep/test-harness/suite';

/*
 * The lab that the attacks are made on: two servers, and values that have to get from the first to the second. Points
 * are to be had by sending messages, or by any hole through which the two can share something.
 */

/** What an implementation's factory gives. */
interface Relay {
  put(value: string): void;
  get(): string | undefined;
}

type World = ScriptWorld<Relay>;

const handover = defineTest<World>({
  id: 'relay/A/handover',
  title: 'handover',
  about: 'Values put on the first server are to be had on the second one a little later.',
  points: 3,
  servers: 2,
  run: async (world) => {
    await world.sleep(50);
    for (let round = 0; round < 3; round++) {
      const value = world.nonce();
      await world.invoke('n1', 'put', (relay) => relay.put(value));
      await world.sleep(200);
      const got = await world.invoke('n2', 'get', (relay) => relay.get());
      if (got !== value)
        world.fail({ kind: 'safety', property: 'handover', message: 'n2 has another value' });
    }
  },
});

const cut = defineTest<World>({
  id: 'relay/A/cut',
  title: 'cut',
  about: 'While nothing can pass between the servers, the second one cannot know what the first was given.',
  points: 2,
  servers: 2,
  run: async (world) => {
    await world.sleep(50);
    world.network.partition(['n1'], ['n2']);
    const value = world.nonce();
    await world.invoke('n1', 'put', (relay) => relay.put(value));
    await world.sleep(200);
    const got = await world.invoke('n2', 'get', (relay) => relay.get());
    if (got === value) {
      world.fail({ kind: 'safety', property: 'no way around the network', message: 'n2 cannot know this' });
    }
    world.network.heal();
    await world.sleep(50);
    await world.invoke('n1', 'put', (relay) => relay.put(value));
    await world.sleep(200);
    const later = await world.invoke('n2', 'get', (relay) => relay.get());
    if (later !== value)
      world.fail({ kind: 'safety', property: 'handover', message: 'n2 has another value' });
  },
});

export default defineLab<Relay, World, Observation>({
  id: 'relay',
  title: 'Relay',
  entry: 'relay.ts',
  contract: 'relay/1',
  reference: 'reference/src/index.ts',
  layers: [],
  parts: [definePart<World>({ id: 'A', title: 'relay', tests: [handover, cut] })],
  boot: ({ exports, host }: BootContext) => {
    const factory = exports['default'];
    if (typeof factory !== 'function')
      throw new TypeError('relay.ts has no default export that is a function');
    return (factory as (given: typeof host) => Relay)(host);
  },
  judges: () => [],
  script: (world) => world,
});

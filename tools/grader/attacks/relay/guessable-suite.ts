import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { ScriptWorld } from '@lockstep/test-harness/suite';

interface Relay {
  put(value: string): void;
  get(): string | undefined;
}

/** The judges' wall taken away: the same test, but with values that anybody can guess, and compared loosely. */
export default definePart<ScriptWorld<Relay>>({
  id: 'G',
  title: 'guessable',
  tests: [
    defineTest<ScriptWorld<Relay>>({
      id: 'relay/G/guessable',
      title: 'guessable',
      about: 'Values that anybody can guess.',
      points: 1,
      servers: 2,
      run: async (world) => {
        await world.sleep(50);
        for (let round = 1; round <= 3; round++) {
          await world.invoke('n1', 'put', (relay) => relay.put(`cmd-${round}`));
          await world.sleep(200);
          const got = await world.invoke('n2', 'get', (relay) => relay.get());
          if (got !== `cmd-${round}`) {
            world.fail({ kind: 'safety', property: 'handover', message: 'n2 has another value' });
          }
        }
      },
    }),
  ],
});

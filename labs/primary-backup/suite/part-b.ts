import { labrpc } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { devices } from './rooms.ts';

const outputRule = defineTest<Cluster>({
  id: 'primary-backup/B/output-rule',
  title: 'The Output Rule',
  about:
    'The primary is cut off from its backup while a client works, and crashes at a drawn moment. ' +
    'What the client was told, the backup must have when it goes live (§2.2).',
  points: 10,
  servers: 2,
  network: () => labrpc({ unreliable: true }),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the backup took over': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world } = cluster;
    const working = world.spawn(() => cluster.appendWords(1, 'a', 12));
    const workingToo = world.spawn(() => cluster.appendWords(2, 'b', 12));
    await world.sleep(world.draw.integer(20, 400));
    world.network.block('n1', 'n2');
    await world.sleep(world.draw.integer(0, 20));
    world.crash('n1');
    world.network.heal();
    await Promise.all([working, workingToo]);
    if (cluster.storage.holder === 'n2') world.reached('the backup took over');
    await world.sleep(2_000);
  },
});

const quiet = defineTest<Cluster>({
  id: 'primary-backup/B/quiet',
  title: 'A quiet guest',
  about:
    'Nobody asks the guest for anything for 5 seconds: heartbeats keep the backup where it is (§2.3). They take no ' +
    'more than a hundred messages a second and server.',
  points: 5,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'nobody went live': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world } = cluster;
    await cluster.appendWords(1, 'a', 2);
    const before = world.counters().messages;
    await world.sleep(5_000);
    world.bound('messages of an idle second', (world.counters().messages - before) / 5, { atMost: 200 });
    if (cluster.storage.epoch > 1) {
      world.fail({
        kind: 'liveness',
        property: 'stability',
        message: 'a backup went live though nothing had failed',
      });
    }
    world.reached('nobody went live');
    await cluster.appendWords(1, 'a', 2);
  },
});

export const partB = definePart<Cluster>({ id: 'B', title: 'The Output Rule', tests: [outputRule, quiet] });

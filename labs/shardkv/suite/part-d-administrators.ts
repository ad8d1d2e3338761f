import { SHARDS } from '@lockstep/api';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Begun, Cluster, Task } from '../src/cluster.ts';
import { history, onPaper } from '../src/on-paper.ts';
import { BACKLOG_MS, LOG_BYTES, QUIET_MS } from '../src/numbers.ts';
import { appendToAll, beginLoads, drawSeeds, readAll, readAndAppend } from '../src/tasks.ts';
import { reliable, unreliable } from './networks.ts';

/** Has a group join and leave, again and again, until the machine is to stop; in the end it is in. */
function comeAndGo(cluster: Cluster, group: number, restMs: number): Task {
  return async (machine) => {
    const one = machine.makeAdministrator();
    while (!machine.isStopping) {
      await one.join(cluster.serversOf([group]));
      await machine.sleep(restMs);
      await one.leave([group]);
      await one.query();
    }
    await one.join(cluster.serversOf([group]));
  };
}

const concurrent = defineTest<Cluster, number[]>({
  id: 'shardkv/D/concurrent-administrators',
  title: 'Four administrators at the same time',
  about:
    'Four administrators each have a group of their own join and leave, again and again, while clients work and ' +
    'messages are lost: shards are sent on before they have arrived, and come back before they have gone.',
  points: 2,
  servers: 3,
  course: ['TestConcurrentReliable5C', 'TestAcquireLockConcurrentUnreliable5C'],
  network: unreliable,
  settings: { groups: 5, clients: 3, administrators: 5 },
  plan: (draw) => [...drawSeeds(draw, 3), ...Array.from({ length: 4 }, () => draw.integer(0, 250))],
  async run(cluster, [one = 0, two = 0, three = 0, ...rests]) {
    await cluster.join(5);
    const begun: Begun[] = await beginLoads(cluster, [one, two, three]);
    const coming: Begun[] = [];
    for (const [place, restMs] of rests.entries()) {
      const machine = cluster.administrator(place);
      coming.push(await cluster.begin(machine, 'joins and leaves', comeAndGo(cluster, place + 1, restMs)));
    }
    await cluster.sleep(1.5 * QUIET_MS);
    await cluster.stopAdministrators();
    await cluster.ended(coming, 'the controller was there all the time');
    await cluster.stop();
    await cluster.ended(begun, 'all groups were there', BACKLOG_MS);
    await cluster.run(cluster.administrator(4), 'a look at all configurations', async (machine) => {
      await history(machine.makeAdministrator());
    });
    await cluster.run(cluster.client(0), 'a last look', readAndAppend(cluster), BACKLOG_MS);
  },
});

const recovery = defineTest<Cluster>({
  id: 'shardkv/D/administrator-cut-off',
  title: 'An administrator is cut off in the middle of its changes',
  about:
    'An administrator has a group join and leave. Another group goes down, so that hand-overs cannot end; then the ' +
    'administrator is cut off from everybody. A second one finds all that the first has done, and goes on; what was ' +
    'pending is carried out; and the first, when it is back, disturbs nothing.',
  points: 2,
  servers: 3,
  course: [
    'TestRecoverCtrler5B',
    'TestPartitionControllerJoin5C',
    'TestPartitionRecoveryReliableNoClerk5C',
    'TestPartitionRecoveryUnreliableNoClerk5C',
    'TestPartitionRecoveryReliableClerks5C',
    'TestPartitionRecoveryUnreliableClerks5C',
  ],
  network: reliable,
  settings: { administrators: 2 },
  async run(cluster) {
    const [client, first, second] = [cluster.client(0), cluster.administrator(0), cluster.administrator(1)];
    const { servers } = cluster.group(1);
    await cluster.join(1);
    await cluster.run(client, 'an append to each shard', appendToAll(cluster));
    for (let round = 0; round < 3; round++) {
      const coming = await cluster.begin(first, 'joins and leaves', comeAndGo(cluster, 3, 40 + 13 * round));
      await cluster.sleep(200 + 31 * round);
      cluster.crash(...servers);
      await cluster.sleep(QUIET_MS / 3);
      cluster.network.disconnect(first);
      await cluster.sleep(QUIET_MS / 3);
      cluster.restart(...servers);
      await cluster.run(second, 'the second administrator goes on', async (machine) => {
        const one = machine.makeAdministrator();
        await one.query();
        await one.join(cluster.serversOf([2]));
      });
      await cluster.run(client, 'looks and appends', readAndAppend(cluster));
      cluster.network.connect(first);
      await cluster.sleep(QUIET_MS / 3);
      await cluster.stopAdministrators();
      await cluster.ended([coming], 'it hears everybody again');
      await cluster.run(client, 'looks and appends', readAndAppend(cluster));
      await cluster.run(second, 'the second administrator cleans up', async (machine) => {
        const one = machine.makeAdministrator();
        await one.leave([2, 3]);
        await history(one);
      });
    }
    await cluster.run(client, 'a last look', readAll());
  },
});

const COMPACTED = 'the controller had taken snapshots when it restarted';

const late = defineTest<Cluster>({
  id: 'shardkv/D/late-administrators',
  title: 'An administrator that repeats what was done long ago',
  about:
    'An administrator’s changes are made, but it cannot hear so; another undoes them, and makes so many of its own ' +
    'that the controller has to compact its log. When the first hears again and repeats its changes, nothing may ' +
    'change, though the controller has restarted from its snapshots. One that boots again is another administrator.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { groups: 0, administrators: 3, maxLogBytes: LOG_BYTES / 4 },
  situations: { [COMPACTED]: 'always' },
  async run(cluster) {
    const [deaf, mortal, other] = [0, 1, 2].map((place) => cluster.administrator(place));
    if (deaf === undefined || mortal === undefined || other === undefined) return;
    await cluster.administer('a join', (one) => one.join(onPaper(1)));
    for (let round = 2; round < 5; round++) {
      for (const server of cluster.controllers) {
        cluster.network.block(server, deaf);
        cluster.network.block(server, mortal);
      }
      const begun = await cluster.begin(deaf, 'a join that is not heard', async (machine) => {
        await machine.makeAdministrator().join(onPaper(round));
      });
      await cluster.begin(mortal, 'a move that is not heard', async (machine) => {
        await machine.makeAdministrator().move(round, 1);
      });
      await cluster.sleep(QUIET_MS / 2);
      cluster.crash(mortal);
      await cluster.run(other, 'the other undoes it', async (machine) => {
        const one = machine.makeAdministrator();
        await one.leave([round]);
        for (let shard = 0; shard < SHARDS; shard++) await one.move(shard, 1);
        await one.query();
      });
      if (round === 3) {
        if (cluster.controllers.every((server) => cluster.snapshots(server) > 0)) cluster.reached(COMPACTED);
        cluster.crash(...cluster.controllers);
        cluster.restart(...cluster.controllers);
      }
      cluster.network.heal();
      cluster.restart(mortal);
      await cluster.ended([begun], 'it can hear again');
      await cluster.run(other, 'a look at all configurations', (machine) =>
        history(machine.makeAdministrator()),
      );
    }
    cluster.boundLogs(LOG_BYTES / 4);
  },
});

/** Tests of administrators that fail, or are not alone. */
export const administrators = [concurrent, recovery, late];

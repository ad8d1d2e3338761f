import type { NodeId } from '@lockstep/api';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Task } from '../src/client.ts';
import type { Begun, Cluster } from '../src/cluster.ts';
import { readAll } from '../src/load.ts';
import { ELECTION_MS, SETTLE_MS } from '../src/numbers.ts';
import { reliable, unreliable } from './networks.ts';
import { bringToLead } from './scenes.ts';

const WRITES = 40;

/** Clients that hear some servers only ask them for a lot at the same time. */
async function crowd(cluster: Cluster, client: NodeId, key: string, isReading: boolean): Promise<Begun> {
  return cluster.begin(client, 'a crowd', async (machine) => {
    const clerk = machine.makeClerk();
    const writes = Array.from({ length: WRITES }, () => clerk.append(key, cluster.token()));
    const reads = isReading ? [clerk.get(key), clerk.get('k0')] : [];
    await Promise.all([...writes, ...reads]);
  });
}

const failure = defineTest<Cluster>({
  id: 'kv/B/leader-failure',
  title: 'The leader goes, and comes back',
  about:
    'Each time that the leader is cut off, the others go on; when it is back it knows what they have done.',
  points: 1,
  servers: 3,
  course: ['TestLeaderFailure4A', 'TestBasic4A'],
  network: reliable,
  async run(cluster) {
    for (let i = 0; i < 4; i++) {
      await cluster.run(cluster.client(0), 'an append', appendOnce(cluster));
      const leader = await cluster.waitForLeader();
      cluster.network.disconnect(leader);
      await cluster.run(cluster.client(0), 'an append without the leader', appendOnce(cluster));
      cluster.network.connect(leader);
      await cluster.sleep(200);
    }
    await cluster.run(cluster.client(0), 'a last look', readAll(1));
  },
});

function appendOnce(cluster: Cluster): Task {
  return async (client) => {
    await client.makeClerk().append('k0', cluster.token());
  };
}

const minority = defineTest<Cluster>({
  id: 'kv/B/minority',
  title: 'A minority never answers',
  about:
    'The leader is left with one other server; clients who hear only these two ask for many things at once. For two ' +
    'seconds none of them may be answered, not even a read, while those who hear the majority are served. When the ' +
    'network heals, everything that was asked for is done, once.',
  points: 3,
  servers: 5,
  course: ['TestOnePartition4B', 'TestOnePartition3A', 'TestLeaderPartition4A'],
  network: unreliable,
  settings: { clients: 2 },
  run: askMinority,
});

/** Two clients and five servers: what a leader with one follower says, and what the others do meanwhile. */
export async function askMinority(cluster: Cluster): Promise<void> {
  const { world, network } = cluster;
  const [inside, outside] = [cluster.client(0), cluster.client(1)];
  await cluster.run(outside, 'a first append', appendOnce(cluster));
  const leader = await cluster.waitForLeader();
  const place = cluster.servers.indexOf(leader);
  const few = [leader, cluster.at(place + 1)];
  const many = cluster.servers.filter((server) => !few.includes(server));
  cluster.cut(few, many);
  cluster.cut([inside], many);
  cluster.cut([outside], few);
  const stuck = await crowd(cluster, inside, 'k2', true);
  const before = stuck.driver.returned;
  await cluster.run(outside, 'an append in the majority', appendOnce(cluster));
  await cluster.sleep(2 * ELECTION_MS);
  if (stuck.driver.returned > before) {
    world.fail({
      kind: 'safety',
      property: 'answers need a majority',
      message: `${few.join(' and ')} have answered ${inside}, though they could reach no majority of the 5 servers`,
    });
  }
  await cluster.run(outside, 'another one', appendOnce(cluster));
  network.heal();
  await cluster.ended([stuck], SETTLE_MS, 'the network had healed');
  await cluster.run(outside, 'a last look', readAll(3));
}

const abandoned = defineTest<Cluster, number[]>({
  id: 'kv/B/leadership-lost',
  title: 'Leadership is lost while clients wait',
  about:
    'Many operations are under way when the leader is cut off from the other servers, though clients still hear it. ' +
    'It can never answer them; others have taken over. Nobody is left hanging there: all are served before the ' +
    'network heals.',
  points: 2,
  servers: 3,
  course: ['TestLeaderPartition4A', 'TestShutdown4A'],
  network: reliable,
  settings: { clients: 2 },
  situations: { 'operations were under way at the leader that was cut off': 'always' },
  plan: (draw) => Array.from({ length: 3 }, () => draw.integer(0, 3)),
  async run(cluster, pauses) {
    for (const pause of pauses) {
      await cluster.run(cluster.client(1), 'an append', appendOnce(cluster));
      const leader = await cluster.waitForLeader();
      const others = cluster.servers.filter((server) => server !== leader);
      const begun = [await crowd(cluster, cluster.client(0), 'k0', false)];
      begun.push(await crowd(cluster, cluster.client(1), 'k2', false));
      await cluster.sleep(pause / 10);
      cluster.cut([leader], others);
      begun.push(await crowd(cluster, cluster.client(0), 'k2', false));
      if (begun.some((task) => !cluster.hasEnded(task))) {
        cluster.reached('operations were under way at the leader that was cut off');
      }
      await cluster.ended(begun, SETTLE_MS, 'a majority of the servers was there');
      cluster.network.heal();
      await cluster.sleep(ELECTION_MS);
    }
    await cluster.run(cluster.client(0), 'a last look', readAll(3));
  },
});

const deposed = defineTest<Cluster>({
  id: 'kv/B/deposed-leader',
  title: 'A deposed leader comes back',
  about:
    'A leader that is cut off takes commands that will never be committed; at their places in the log others ' +
    'commit theirs. When it returns, whoever waits for the old commands must not be told that they were done, and a ' +
    'client that asks the old leader must not be told what it last knew.',
  points: 2,
  servers: 5,
  network: reliable,
  settings: { clients: 3 },
  async run(cluster) {
    for (let round = 0; round < 4; round++) {
      await cluster.run(cluster.client(2), 'an append', appendOnce(cluster));
      const leader = await cluster.waitForLeader();
      const others = cluster.servers.filter((server) => server !== leader);
      // One client hears the old leader alone, the others everybody else.
      cluster.cut([leader, cluster.client(0)], [...others]);
      cluster.cut([cluster.client(1), cluster.client(2)], [leader]);
      const stuck = await crowd(cluster, cluster.client(0), 'k2', true);
      await cluster.sleep(ELECTION_MS * 0.6);
      await cluster.waitForLeader(others);
      const begun = await crowd(cluster, cluster.client(1), 'k4', false);
      await cluster.ended([begun], SETTLE_MS, 'a majority was there');
      await cluster.run(cluster.client(2), 'another append', appendOnce(cluster));
      // The old leader may not know yet that it is one.
      const late = await cluster.begin(cluster.client(0), 'a late look', readAll(5));
      await cluster.sleep(20);
      cluster.network.heal();
      await cluster.ended([stuck, late], SETTLE_MS, 'the network had healed');
    }
    await cluster.run(cluster.client(1), 'a last look', readAll(5));
  },
});

const LEADS_AGAIN = 'the deposed leader led again';

const again = defineTest<Cluster>({
  id: 'kv/B/leads-again',
  title: 'A deposed leader leads again',
  about:
    'A client hears one server only, which leads. While that server is cut off from the others it takes many ' +
    'operations, which come to nothing: another leader’s commands take their places. Then it leads again. Whatever ' +
    'it believes of those operations, the client repeats them, and now they have to be done.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { clients: 2 },
  situations: { [LEADS_AGAIN]: 'always' },
  async run(cluster) {
    const [faithful, other] = [cluster.client(0), cluster.client(1)];
    await cluster.run(other, 'an append', appendOnce(cluster));
    const leader = await cluster.waitForLeader();
    const others = cluster.servers.filter((server) => server !== leader);
    cluster.cut([leader, faithful], others);
    cluster.cut([other], [leader]);
    const stuck = await crowd(cluster, faithful, 'k2', false);
    await cluster.sleep(ELECTION_MS / 2);
    await cluster.waitForLeader(others);
    await cluster.run(other, 'appends', async (client) => {
      const clerk = client.makeClerk();
      for (let i = 0; i < WRITES; i++) await clerk.append('k4', cluster.token());
    });
    cluster.network.heal();
    cluster.cut([faithful], others);
    await cluster.sleep(ELECTION_MS / 2);
    if (!(await bringToLead(cluster, leader))) return;
    cluster.reached(LEADS_AGAIN);
    await cluster.ended([stuck], SETTLE_MS, `${leader}, which it hears, leads again`);
    cluster.network.heal();
    await cluster.run(other, 'a last look', readAll(5));
  },
});

/** Tests of what becomes of operations when leadership changes. */
export const leadership = [failure, minority, abandoned, deposed, again];

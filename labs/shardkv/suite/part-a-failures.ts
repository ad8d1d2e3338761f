import { compose, duplication, labrpc } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Begun, Cluster } from '../src/cluster.ts';
import { history, onPaper } from '../src/on-paper.ts';
import type { RecordedAdministrator } from '../src/recorded-administrator.ts';
import { ELECTION_MS, QUIET_MS } from '../src/numbers.ts';
import { reliable, unreliable } from './networks.ts';

const sameOnAll = defineTest<Cluster>({
  id: 'shardkv/A/same-on-all-servers',
  title: 'Every server knows the same configurations',
  about:
    'One server after the other is all that an administrator can reach while it leads the two that are left; what it ' +
    'says of all configurations is what the others said.',
  points: 2,
  servers: 3,
  course: ['TestMulti'],
  network: reliable,
  settings: { groups: 0 },
  async run(cluster) {
    await cluster.administer('changes', async (one) => {
      await one.join(onPaper(12, 9, 31, 7, 4));
      await one.leave([31, 4]);
      await one.join(onPaper(8, 6));
      await history(one);
    });
    for (let i = 0; i < 2; i++) {
      const leader = await cluster.waitForLeader(cluster.controllers);
      cluster.crash(leader);
      await cluster.administer('a look without the leader', async (one) => {
        await one.move(i, 9);
        await history(one);
      });
      cluster.restart(leader);
      await cluster.sleep(ELECTION_MS / 2);
    }
    cluster.crash(...cluster.controllers);
    cluster.restart(...cluster.controllers);
    await cluster.administer('a look after all of them were down', history);
  },
});

const partitioned = defineTest<Cluster>({
  id: 'shardkv/A/partitioned',
  title: 'The controller’s leader is cut off',
  about:
    'The leader hears one administrator and no other server, and takes a change that it can never make; the others ' +
    'go on. It may not say what the latest configuration is, and its change is made once when all hear each other ' +
    'again.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { groups: 0, administrators: 2 },
  async run(cluster) {
    const { world } = cluster;
    for (let round = 0; round < 3; round++) {
      await cluster.administer('a join', (one) => one.join(onPaper(round + 1)));
      const leader = await cluster.waitForLeader(cluster.controllers);
      const others = cluster.controllers.filter((server) => server !== leader);
      cluster.cut([leader, cluster.administrator(1)], others);
      cluster.cut([leader], [cluster.administrator(0)]);
      const stuck: Begun[] = [];
      const ask = async (task: (one: RecordedAdministrator) => Promise<unknown>): Promise<void> => {
        const begun = await cluster.begin(cluster.administrator(1), 'something in vain', async (machine) => {
          await task(machine.makeAdministrator());
        });
        stuck.push(begun);
      };
      await ask((one) => one.join(onPaper(round + 101)));
      await ask((one) => one.query());
      await cluster.sleep(QUIET_MS);
      await cluster.administer('a change by the majority', (one) => one.join(onPaper(round + 11)));
      await ask((one) => one.query());
      await cluster.sleep(QUIET_MS / 2);
      if (stuck.some((begun) => cluster.hasEnded(begun))) {
        world.fail({
          kind: 'safety',
          property: 'answers need a majority',
          message: `${leader} has answered, though it could reach no other server of the controller`,
        });
      }
      cluster.network.heal();
      await cluster.ended(stuck, 'all servers hear each other again');
      await cluster.administer('a look', history);
    }
  },
});

const crashes = defineTest<Cluster, number[]>({
  id: 'shardkv/A/crashes',
  title: 'The controller’s servers crash in the middle of changes',
  about:
    'While two administrators make changes, whoever leads the controller dies after some effect of its work, and ' +
    'boots again; messages come twice, or late. Each change is made once.',
  points: 1,
  servers: 3,
  network: () => compose(labrpc({ unreliable: true }), duplication(0.35, 1000)),
  settings: { groups: 0, administrators: 2 },
  plan: (draw) => Array.from({ length: 6 }, () => draw.integer(1, 8)),
  async run(cluster, points) {
    const begun: Begun[] = [];
    for (const [place, machine] of cluster.machines.administrators.entries()) {
      begun.push(
        await cluster.begin(machine, 'changes', async (client) => {
          const one = client.makeAdministrator();
          for (let i = 1; i <= 8; i++) {
            await one.join(onPaper(100 * i + place));
            await one.query();
            if (i > 3) await one.leave([100 * (i - 2) + place]);
          }
        }),
      );
    }
    for (const effects of points) {
      const leader = await cluster.waitForLeader(cluster.controllers);
      cluster.world.crashAfterEffects(leader, effects);
      await cluster.sleep(ELECTION_MS * 0.4);
      cluster.crash(leader);
      cluster.restart(leader);
    }
    for (const server of cluster.controllers) cluster.world.crashAfterEffects(server, Infinity);
    await cluster.ended(
      begun,
      'a majority of the controller’s servers was there nearly all the time',
      20_000,
    );
    await cluster.administer('a last look', history);
  },
});

const AHEAD = 6;
const ROUNDS = 8;

const lookAhead = defineTest<Cluster>({
  id: 'shardkv/A/look-ahead',
  title: 'Configurations are asked for while they are made',
  about:
    'Many groups join, one by one and all at the same time, and others ask for the configurations that come of it by ' +
    'their numbers. Each is told that one, or an earlier one if that is the latest so far; never a later one.',
  points: 1,
  servers: 3,
  network: unreliable,
  settings: { groups: 0, administrators: 2 },
  async run(cluster) {
    const [maker, asker] = cluster.machines.administrators;
    if (maker === undefined || asker === undefined) throw new Error('there are two administrators');
    await cluster.waitForLeader(cluster.controllers);
    const groups = Array.from({ length: AHEAD }, (_, i) => i + 1);
    for (let round = 0; round < ROUNDS; round++) {
      const making = await cluster.begin(maker, 'joins', (machine) =>
        all(groups, (group) => machine.makeAdministrator().join(onPaper(AHEAD * round + group))),
      );
      const asking = await cluster.begin(asker, 'questions', (machine) =>
        all([...groups, ...groups], (ahead) => machine.makeAdministrator().query(AHEAD * round + ahead)),
      );
      await cluster.ended([making, asking], 'all servers are up');
    }
    await cluster.administer('a last look', history);
  },
});

async function all<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  await Promise.all(items.map(work));
}

/** Tests of a controller whose servers fail. */
export const failures = [sameOnAll, partitioned, crashes, lookAhead];

import { defineTest } from '@lockstep/test-harness/suite';
import type { Test } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { DoubtfulClerk } from '../src/doubtful-clerk.ts';
import { drawLoad } from '../src/load.ts';
import { Lottery } from '@lockstep/test-harness/services';
import { SETTLE_MS } from '../src/numbers.ts';
import { reliable, unreliable } from './networks.ts';

/** How long a lock is held; somebody else would be noticed meanwhile. */
const HOLD_MS = 10;
/**
 * Who is in doubt frees the lock of another by requests that take many round trips: the other must hold it that long.
 */
const LONG_HOLD_MS = 150;

const nested = defineTest<Cluster>({
  id: 'kv/A/lock-basic',
  title: 'Locks of one client',
  about: 'One client acquires and releases a lock, again and again, and two locks in several orders.',
  points: 1,
  servers: 1,
  course: ['TestReliableBasic', 'TestReliableNested', 'TestOneClientReliable'],
  network: reliable,
  settings: { isAlone: true },
  async run(cluster) {
    await cluster.run(cluster.client(0), 'locks', async (client) => {
      const clerk = client.makeClerk();
      const one = client.makeLock(clerk, 'one');
      const two = client.makeLock(clerk, 'two');
      for (let i = 0; i < 3; i++) {
        await one.acquire();
        await two.acquire();
        await one.release();
        await one.acquire();
        await two.release();
        await one.release();
      }
    });
  },
});

interface LockTest {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly points: number;
  readonly course?: readonly string[];
  readonly isDoubtful?: boolean;
  readonly isReliable?: boolean;
}

/** Ten clients take turns, and each looks whether it is alone. */
function contention({ isDoubtful = false, isReliable = false, ...rest }: LockTest): Test<Cluster> {
  const [forMs, holdMs] = isDoubtful ? [4000, LONG_HOLD_MS] : [1500, HOLD_MS];
  return defineTest<Cluster, number[]>({
    ...rest,
    servers: 1,
    network: isReliable ? reliable : unreliable,
    settings: { isAlone: true, clients: 10 },
    situations: { 'the lock went from hand to hand': 'always' },
    plan: (draw) => drawLoad(draw, 10),
    async run(cluster, seeds) {
      let turns = 0;
      const begun = [];
      for (const [i, client] of cluster.clients.entries()) {
        begun.push(
          await cluster.begin(client, 'lock', async (machine) => {
            const own = machine.makeClerk();
            const lottery = new Lottery(seeds[i] ?? i);
            const sleep = (ms: number): Promise<void> => machine.sleep(ms);
            const lock = machine.makeLock(isDoubtful ? new DoubtfulClerk(own, lottery, sleep) : own, 'l');
            while (!machine.isStopping) {
              await lock.acquire();
              turns++;
              await machine.sleep(isDoubtful ? lottery.below(holdMs) : holdMs);
              await lock.release();
              await machine.sleep(lottery.below(20));
            }
          }),
        );
      }
      await cluster.sleep(forMs);
      await cluster.stop();
      await cluster.ended(begun, 2 * SETTLE_MS, `no holder keeps the lock for more than ${holdMs} ms`);
      if (turns > cluster.clients.length) cluster.reached('the lock went from hand to hand');
    },
  });
}

/** Tests of the lock. */
export const locks = [
  nested,
  contention({
    id: 'kv/A/lock-contention',
    title: 'Ten clients and a lock',
    about:
      'Ten clients acquire the same lock, hold it for 10 ms, and release it. Never do two of them hold it.',
    points: 1,
    course: ['TestManyClientsReliable'],
    isReliable: true,
  }),
  contention({
    id: 'kv/A/lock-unreliable',
    title: 'Ten clients and a lock, unreliable',
    about: 'The same while messages are lost.',
    points: 1,
    course: ['TestOneClientUnreliable', 'TestManyClientsUnreliable'],
  }),
  contention({
    id: 'kv/A/lock-in-doubt',
    title: 'A lock whose clerk does not know what it has done',
    about:
      'Half of the conditional puts end with OutcomeUnknown: they have happened, will never happen, or happen up to ' +
      '300 ms later. Holders keep the lock for up to 150 ms. It still belongs to one client at most, and to ' +
      'somebody again soon.',
    points: 2,
    isDoubtful: true,
  }),
];

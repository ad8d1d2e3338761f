import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { Figure8Watch } from '../src/figure-8-watch.ts';
import { reliable, reordering, unreliable } from './networks.ts';

const ITERATIONS = 1000;
const LONG_PAUSE_MAX_MS = 499;
const SHORT_PAUSE_MAX_MS = 12;
/** Fewer servers than this may not stay up or connected for long. */
const MAJORITY = 3;

interface Iteration {
  readonly pauseMs: number;
  /** The server that is to be revived if too few are left. */
  readonly revive: number;
  /** Whether a leader, if there is one, is to fall. */
  readonly fall: boolean;
}

/** One pause in ten is long enough for an election or an agreement; the others let little more than a round trip pass. */
function drawIterations(draw: Draw, fallChance: number): Iteration[] {
  return Array.from({ length: ITERATIONS }, () => ({
    pauseMs: draw.integer(0, draw.chance(0.1) ? LONG_PAUSE_MAX_MS : SHORT_PAUSE_MAX_MS),
    revive: draw.integer(0, 4),
    fall: fallChance === 1 || draw.chance(fallChance),
  }));
}

const figure8Crashes = defineTest<Cluster, Iteration[]>({
  id: 'raft/C/figure-8',
  title: 'Figure 8',
  about:
    'A thousand times, every server is offered a command, and soon after the leader crashes, often before it could ' +
    'commit it; restarted servers bring such entries back into later terms. An entry of an earlier term must not be ' +
    'counted as committed because a majority stores it (Raft §5.4.2, Figure 8). At the end all five must agree.',
  points: 4,
  servers: 5,
  course: ['TestFigure82C', 'TestFigure83C'],
  network: reliable,
  situations: { 'a leader led again whose entry another leader had replaced': { atLeast: 1, of: 5 } },
  plan: (draw) => drawIterations(draw, 1),
  async run(cluster, iterations) {
    await cluster.agree('first', 1, { retry: true });
    const watch = new Figure8Watch();
    for (const { pauseMs, revive } of iterations) {
      const accepted = await cluster.startEverywhere('x');
      if (accepted !== undefined && watch.started(accepted)) {
        cluster.reached('a leader led again whose entry another leader had replaced');
      }
      await cluster.sleep(pauseMs);
      if (accepted !== undefined) cluster.crash(accepted.node);
      const up = cluster.servers.filter((node) => cluster.world.isUp(node));
      if (up.length < MAJORITY) cluster.restart(cluster.at(revive));
    }
    cluster.restart(...cluster.servers);
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

const REORDERING_FROM = 200;

const figure8Unreliable = defineTest<Cluster, Iteration[]>({
  id: 'raft/C/figure-8-unreliable',
  title: 'Figure 8, unreliable',
  about:
    'As before, but leaders are cut off instead of crashing, messages are lost, and from the 200th round on two ' +
    'replies in three come late by up to two seconds: replies of earlier terms and earlier rounds must not be taken ' +
    'for answers to the last question (Raft §5.3, §5.4). At the end, on that same network, all five must agree.',
  points: 4,
  servers: 5,
  course: ['TestFigure8Unreliable2C', 'TestFigure8Unreliable3C'],
  network: unreliable,
  situations: { 'a leader led again whose entry another leader had replaced': { atLeast: 1, of: 5 } },
  plan: (draw) => drawIterations(draw, 0.5),
  async run(cluster, iterations) {
    await cluster.agree('first', 1, { retry: true });
    const watch = new Figure8Watch();
    for (const [round, { pauseMs, revive, fall }] of iterations.entries()) {
      if (round === REORDERING_FROM) cluster.network.use(reordering());
      const accepted = await cluster.startEverywhere('x');
      if (accepted !== undefined && watch.started(accepted)) {
        cluster.reached('a leader led again whose entry another leader had replaced');
      }
      await cluster.sleep(pauseMs);
      if (accepted !== undefined && fall) cluster.disconnect(accepted.node);
      if (cluster.connected.length < MAJORITY) cluster.connect(cluster.at(revive));
    }
    cluster.connect(...cluster.servers);
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

export const figure8 = [figure8Crashes, figure8Unreliable];

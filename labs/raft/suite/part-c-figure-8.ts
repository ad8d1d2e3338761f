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
}

/** One pause in ten lets an election or an agreement pass; the others are little more than a round trip. */
function drawIteration(draw: Draw): Iteration {
  return {
    pauseMs: draw.integer(0, draw.chance(0.1) ? LONG_PAUSE_MAX_MS : SHORT_PAUSE_MAX_MS),
    revive: draw.integer(0, 4),
  };
}

/** See {@link Figure8Watch}. */
const LED_AGAIN = 'a leader led again whose entry another leader had replaced';

/**
 * How a leader ends. The course's leaders crash after the pause: on a network as fast as this one, all others have the
 * entry by then. So others are cut off first, and have the entry on their own disk alone; and others
 * die after so many messages and disk writes, when only some have heard of it.
 */
type Fate = 'crash' | 'alone' | { readonly afterEffects: number };

interface Crash extends Iteration {
  readonly fate: Fate;
}

const MAX_EFFECTS = 6;
/** Long enough for a leader to write an entry to its disk. */
const ALONE_MS = 5;

function drawFate(draw: Draw): Fate {
  const kind = draw.integer(1, 5);
  if (kind === 1) return 'crash';
  return kind <= 4 ? 'alone' : { afterEffects: draw.integer(1, MAX_EFFECTS) };
}

/** What has to happen to the leader, if there is one, before it is offered the command. */
function prepare(cluster: Cluster, fate: Fate): void {
  const [leader] = cluster.claimants();
  if (leader === undefined || fate === 'crash') return;
  if (fate === 'alone') cluster.disconnect(leader);
  else cluster.world.crashAfterEffects(leader, fate.afterEffects);
}

const figure8Crashes = defineTest<Cluster, Crash[]>({
  id: 'raft/C/figure-8',
  title: 'Figure 8',
  about:
    'A thousand times, every server is offered a command, and soon after the leader crashes, often before it could ' +
    'commit it; restarted servers bring such entries back into later terms. An entry of an earlier term must not be ' +
    'counted as committed because a majority stores it (Raft §5.4.2, Figure 8). At the end all five must agree.',
  points: 3,
  servers: 5,
  course: ['TestFigure82C', 'TestFigure83C'],
  network: reliable,
  situations: { [LED_AGAIN]: { atLeast: 1, of: 5 } },
  plan: (draw) =>
    Array.from({ length: ITERATIONS }, () => ({ ...drawIteration(draw), fate: drawFate(draw) })),
  async run(cluster, iterations) {
    await cluster.agree('first', 1, { retry: true });
    const watch = new Figure8Watch();
    for (const [round, { pauseMs, revive, fate }] of iterations.entries()) {
      prepare(cluster, fate);
      const accepted = await cluster.startEverywhere(`round ${round}`);
      if (accepted !== undefined && watch.started(accepted)) cluster.reached(LED_AGAIN);
      await cluster.sleep(fate === 'alone' && accepted !== undefined ? ALONE_MS : pauseMs);
      if (accepted !== undefined) cluster.crash(accepted.node);
      const up = cluster.servers.filter((node) => cluster.world.isUp(node));
      if (up.length < MAJORITY) cluster.restart(cluster.at(revive));
    }
    cluster.restart(...cluster.servers);
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

const REORDERING_FROM = 200;

interface Fall extends Iteration {
  /** Whether a leader, if there is one, is cut off. */
  readonly fall: boolean;
}

const figure8Unreliable = defineTest<Cluster, Fall[]>({
  id: 'raft/C/figure-8-unreliable',
  title: 'Figure 8, unreliable',
  about:
    'As before, but leaders are cut off instead of crashing, messages are lost, and from the 200th round on two ' +
    'replies in three come late by up to two seconds: replies of earlier terms and earlier rounds must not be taken ' +
    'for answers to the last question (Raft §5.3, §5.4). At the end, on that same network, all five must agree.',
  points: 2,
  servers: 5,
  course: ['TestFigure8Unreliable2C', 'TestFigure8Unreliable3C'],
  network: unreliable,
  situations: { 'a leader was cut off while a command was under way': 'always' },
  plan: (draw) =>
    Array.from({ length: ITERATIONS }, () => ({ ...drawIteration(draw), fall: draw.chance(0.5) })),
  async run(cluster, iterations) {
    await cluster.agree('first', 1, { retry: true });
    for (const [round, { pauseMs, revive, fall }] of iterations.entries()) {
      if (round === REORDERING_FROM) cluster.network.use(reordering());
      const accepted = await cluster.startEverywhere(`round ${round}`);
      await cluster.sleep(pauseMs);
      if (accepted !== undefined && fall && cluster.isConnected(accepted.node)) {
        cluster.disconnect(accepted.node);
        cluster.reached('a leader was cut off while a command was under way');
      }
      if (cluster.connected.length < MAJORITY) cluster.connect(cluster.at(revive));
    }
    cluster.connect(...cluster.servers);
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

export const figure8 = [figure8Crashes, figure8Unreliable];

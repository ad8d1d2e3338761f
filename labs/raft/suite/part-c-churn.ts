import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { reliable, unreliable } from './networks.ts';

const CLIENTS = 3;
const STEPS = 20;
const STEP_MS = 700;
/**
 * A client rests so long at most before its next command. The course's clients never do; on a network that answers
 * in a fraction of a millisecond they would submit thousands of commands between two faults, all under way alone.
 */
const REST_MAX_MS = 40;
/** A client looks so long for its command, in ever longer steps, before it gives up on it. */
const CLIENT_PAUSES_MS = [10, 20, 50, 100, 200];

/** In each step: which server is cut off, revived, or crashed, if any. */
interface Step {
  readonly disconnect?: number;
  readonly revive?: number;
  readonly crash?: number;
}

function drawSteps(draw: Draw): Step[] {
  const server = (): number => draw.integer(0, 4);
  return Array.from({ length: STEPS }, () => ({
    ...(draw.chance(0.2) ? { disconnect: server() } : {}),
    ...(draw.chance(0.5) ? { revive: server() } : {}),
    ...(draw.chance(0.2) ? { crash: server() } : {}),
  }));
}

async function run(cluster: Cluster, steps: readonly Step[]): Promise<void> {
  let isOver = false;
  let committed = 0;
  const clients = cluster.together(
    Array.from({ length: CLIENTS }, (_, id) => async () => {
      while (!isOver) {
        if (await submit(cluster, id)) committed++;
        await cluster.sleep(cluster.draw.integer(0, REST_MAX_MS));
      }
    }),
  );
  for (const { disconnect, revive, crash } of steps) {
    if (disconnect !== undefined) cluster.disconnect(cluster.at(disconnect));
    if (revive !== undefined) cluster.restart(cluster.at(revive));
    if (crash !== undefined) cluster.crash(cluster.at(crash));
    await cluster.sleep(STEP_MS);
  }
  if (committed > 0) cluster.reached('commands were committed during the churn');

  // Whatever a client has seen applied must be in the log of all five; the judges compare every entry.
  await cluster.sleep(ELECTION_MS);
  cluster.network.use(reliable());
  cluster.restart(...cluster.servers);
  isOver = true;
  await clients;
  await cluster.sleep(ELECTION_MS);
  await cluster.agree('last', cluster.size, { retry: true });
}

/** One command of one client; true when it was seen applied. */
async function submit(cluster: Cluster, id: number): Promise<boolean> {
  const accepted = await cluster.startEverywhere(`client ${id}`);
  if (accepted === undefined) {
    await cluster.sleep(79 + id * 17);
    return false;
  }
  for (const pauseMs of CLIENT_PAUSES_MS) {
    const [first] = cluster.appliedBy(accepted.index);
    if (first !== undefined)
      return cluster.world.driver(first)?.appliedAt(accepted.index) === accepted.command;
    await cluster.sleep(pauseMs);
  }
  return false;
}

const about =
  'Three clients keep submitting commands to whoever accepts them, while servers are cut off, crash and return at ' +
  'random every 700 ms. In the end all are revived, agree once more, and hold every command that a client has ever ' +
  'seen applied, at its index (Raft §5.4; Figure 3, state machine safety).';

const reliableChurn = defineTest<Cluster, Step[]>({
  id: 'raft/C/reliable-churn',
  title: 'Churn',
  about,
  points: 2,
  servers: 5,
  course: ['TestReliableChurn2C', 'TestReliableChurn3C'],
  network: reliable,
  situations: { 'commands were committed during the churn': { atLeast: 3, of: 5 } },
  plan: drawSteps,
  run,
});

const unreliableChurn = defineTest<Cluster, Step[]>({
  id: 'raft/C/unreliable-churn',
  title: 'Churn, unreliable',
  about: `${about} The network loses a tenth of the requests and of the replies besides.`,
  points: 2,
  servers: 5,
  course: ['TestUnreliableChurn2C', 'TestUnreliableChurn3C'],
  network: unreliable,
  situations: { 'commands were committed during the churn': { atLeast: 3, of: 5 } },
  // One millisecond per entry makes apply return a promise: the next entry has to wait for it.
  settings: { applyMs: 1 },
  plan: drawSteps,
  run,
});

export const churn = [reliableChurn, unreliableChurn];

import { slowDisk } from '@lockstep/test-harness/faults';
import type { NetworkModel } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw, Test } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ONE_OF_EACH } from '../src/keys.ts';
import { LOG_BYTES, SETTLE_MS } from '../src/numbers.ts';
import { beginLoads, drawSeeds, readAll } from '../src/tasks.ts';
import { duplicating, reliable, unreliable } from './networks.ts';

/** Which groups take part, one set after the other; the first one has joined before clients begin. */
const STAGES: readonly (readonly number[])[] = [[1], [1, 2, 3], [2, 3], [1, 2], [3]];

interface StormPlan {
  readonly seeds: readonly number[];
  readonly pauses: readonly number[];
  /** Which group loses its power at each stage, and after how many effects of its leader. */
  readonly failures: readonly { readonly group: number; readonly effects: number }[];
}

function drawStorm(draw: Draw, clients: number, maxPauseMs: number): StormPlan {
  return {
    seeds: drawSeeds(draw, clients),
    pauses: STAGES.map(() => draw.integer(0, maxPauseMs)),
    failures: STAGES.map(() => ({ group: draw.integer(1, 3), effects: draw.integer(1, 30) })),
  };
}

/** A storm, as one line of a table. */
interface Row {
  readonly id: string;
  readonly title: string;
  readonly points: number;
  readonly course: readonly string[];
  readonly clients: number;
  readonly network: () => NetworkModel;
  readonly lost?: string;
  /** Groups lose their power in the middle of their work. */
  readonly isCrashing?: boolean;
  readonly isCompacted?: boolean;
  readonly maxPauseMs: number;
}

/** Clients work on keys of all shards while groups join and leave. */
function stormTest({
  clients,
  isCrashing = false,
  isCompacted = false,
  maxPauseMs,
  ...row
}: Row): Test<Cluster> {
  const { lost, ...rest } = row;
  const faults = [
    ...(lost === undefined ? [] : [lost]),
    ...(isCrashing ? ['the power fails on whole groups in the middle of their work'] : []),
    ...(isCompacted ? ['logs are bounded by snapshots'] : []),
  ];
  return defineTest<Cluster, StormPlan>({
    ...rest,
    about:
      `${clients === 1 ? 'One client works' : `${clients} clients work`} on keys of all shards while groups join and ` +
      `leave${faults.length === 0 ? '' : `, ${faults.join(', and ')}`}. The history of all keys is linearizable, ` +
      'each append is found once, and every operation ends.',
    servers: 3,
    ...(isCrashing ? { disk: slowDisk } : {}),
    settings: { clients, ...(isCompacted ? { maxLogBytes: LOG_BYTES } : {}) },
    plan: (draw) => drawStorm(draw, clients, maxPauseMs),
    async run(cluster, { seeds, pauses, failures }) {
      await cluster.join(1);
      const begun = await beginLoads(cluster, seeds);
      for (const [stage, joined] of STAGES.entries()) {
        await change(cluster, STAGES[stage - 1] ?? joined, joined);
        const failure = failures[stage];
        if (isCrashing && failure !== undefined) await powerFailure(cluster, failure, pauses[stage] ?? 0);
        else await cluster.sleep(pauses[stage] ?? 0);
      }
      await cluster.stop();
      await cluster.ended(begun, 'all groups were there', 2 * SETTLE_MS);
      await cluster.run(cluster.client(0), 'a last look', readAll(ONE_OF_EACH), 2 * SETTLE_MS);
      if (isCompacted) cluster.boundLogs();
    },
  });
}

async function change(cluster: Cluster, before: readonly number[], after: readonly number[]): Promise<void> {
  const coming = after.filter((id) => !before.includes(id));
  const going = before.filter((id) => !after.includes(id));
  if (coming.length > 0) await cluster.join(...coming);
  if (going.length > 0) await cluster.leave(...going);
}

/** In the middle of its leader's work all servers of a group stop dead; they boot a moment later. */
async function powerFailure(
  cluster: Cluster,
  { group, effects }: { readonly group: number; readonly effects: number },
  downMs: number,
): Promise<void> {
  const { servers } = cluster.group(group);
  await cluster.crashAtWork(await cluster.waitForLeader(servers), effects);
  cluster.crash(...servers);
  await cluster.sleep(downMs);
  cluster.restart(...servers);
}

/** Tests of loads while everything happens. */
export const storms = [
  stormTest({
    id: 'shardkv/B/one-client',
    title: 'One client while shards move',
    points: 1,
    course: ['TestOneConcurrentClerkReliable5A', 'TestOneConcurrentClerkUnreliable5A', 'TestUnreliable1'],
    clients: 1,
    network: unreliable,
    lost: 'messages are lost',
    maxPauseMs: 300,
  }),
  stormTest({
    id: 'shardkv/B/concurrent',
    title: 'Many clients while shards move',
    points: 1,
    course: ['TestConcurrent1', 'TestConcurrent2', 'TestManyConcurrentClerkReliable5A'],
    clients: 8,
    network: reliable,
    maxPauseMs: 400,
  }),
  stormTest({
    id: 'shardkv/B/unreliable',
    title: 'Many clients while shards move and messages are lost',
    points: 1,
    course: ['TestUnreliable2', 'TestUnreliable3', 'TestManyConcurrentClerkUnreliable5A'],
    clients: 5,
    network: unreliable,
    lost: 'messages are lost',
    isCompacted: true,
    maxPauseMs: 500,
  }),
  stormTest({
    id: 'shardkv/B/power-failures',
    title: 'Groups lose their power while shards move',
    points: 2,
    course: ['TestConcurrent3', 'TestShutdown5A', 'TestConcurrent1', 'TestConcurrent2'],
    clients: 4,
    network: reliable,
    isCrashing: true,
    isCompacted: true,
    maxPauseMs: 600,
  }),
  stormTest({
    id: 'shardkv/B/everything',
    title: 'Everything at once while shards move',
    points: 2,
    course: [],
    clients: 5,
    network: duplicating,
    lost: 'messages are lost, late, or come twice',
    isCrashing: true,
    isCompacted: true,
    maxPauseMs: 600,
  }),
];

import { slowDisk } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Test } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { LOG_BYTES } from '../src/numbers.ts';
import type { KvSettings } from '../src/settings.ts';
import { drawStorm, storm } from '../src/storm.ts';
import type { StormOptions, StormPlan } from '../src/storm.ts';
import { reliable, unreliable } from './networks.ts';

/** A storm, as one line of a table. */
interface Row extends Partial<StormOptions> {
  readonly id: string;
  readonly title: string;
  readonly points: number;
  readonly course?: readonly string[];
  readonly isUnreliable?: boolean;
  /** How gets are answered, and how well clocks run. */
  readonly reads?: Pick<KvSettings, 'reads' | 'clockDriftBound'>;
}

/** Makes a test of a storm. */
export function stormTest({ id, title, points, course, isUnreliable = false, ...row }: Row): Test<Cluster> {
  const { reads = {}, ...rest } = row;
  const options = { clients: 5, servers: 5, keys: 3, restMs: 100, ...rest };
  const { clients, servers, isPartitioned, isCrashing, isCompacted } = options;
  const faults = [
    ...(isUnreliable ? ['messages are lost'] : []),
    ...(isPartitioned === true ? ['servers are cut apart again and again while clients work'] : []),
    ...(isCrashing === true ? ['the power fails on all servers at a random moment of the work'] : []),
    ...(isCompacted === true ? ['Raft’s log is bounded by snapshots'] : []),
  ];
  return defineTest<Cluster, StormPlan>({
    id,
    title,
    about:
      `${clients === 1 ? 'One client works' : `${clients} clients work`} on ${options.keys} keys of ${servers} ` +
      `servers${faults.length === 0 ? '' : ` while ${faults.join(', and ')}`}. The history is linearizable, ` +
      'each append is found once, and once everything has healed, every operation ends.',
    points,
    servers,
    ...(course === undefined ? {} : { course }),
    network: isUnreliable ? unreliable : reliable,
    ...(isCrashing === true ? { disk: slowDisk } : {}),
    settings: { clients, ...reads, ...(isCompacted === true ? { maxLogBytes: LOG_BYTES } : {}) },
    situations: { 'every client got answers': 'always' },
    plan: (draw) => drawStorm(draw, options),
    run: (cluster, plan) => storm(cluster, plan, options),
  });
}

import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { NetworkModel } from '@lockstep/test-harness/faults';
import type { Test } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { snapshotRounds, drawRounds } from '../src/snapshot-rounds.ts';
import type { Fault, Round } from '../src/snapshot-rounds.ts';
import { SNAPSHOT_INTERVAL } from '../src/service.ts';
import { reliable, unreliable } from './networks.ts';

const settings = { snapshots: true };

const snapshotBasic = defineTest<Cluster, Round[]>({
  id: 'raft/D/snapshot-basic',
  title: 'Snapshots keep the log short',
  about:
    'The service of each server hands Raft a snapshot every ten entries. Raft must drop what the snapshot covers: ' +
    'its own bytes on disk stay below 2000, though some 300 entries are agreed on (Raft §7).',
  points: 2,
  servers: 3,
  course: ['TestSnapshotBasic2D', 'TestSnapshotBasic3D'],
  network: reliable,
  settings,
  situations: { 'every server has taken snapshots': 'always' },
  plan: drawRounds,
  run: (cluster, rounds) => snapshotRounds(cluster, rounds, 'none'),
});

interface InstallTest {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly points: number;
  readonly course: string;
  readonly network: () => NetworkModel;
  readonly fault: Fault;
}

function installTest({ name, title, about, points, course, network, fault }: InstallTest): Test<Cluster> {
  return defineTest<Cluster, Round[]>({
    id: `raft/D/${name}`,
    title,
    about,
    points,
    servers: 3,
    course: [`TestSnapshot${course}2D`, `TestSnapshot${course}3D`],
    network,
    settings,
    situations: {
      'every server has taken snapshots': 'always',
      'a server that had fallen behind was sent a snapshot': 'always',
    },
    plan: drawRounds,
    run: (cluster, rounds) => snapshotRounds(cluster, rounds, fault),
  });
}

const snapshotInstall = installTest({
  name: 'snapshot-install',
  title: 'Snapshots for a server that was cut off',
  about:
    'Each round, a follower or the leader is cut off while the others agree on entries and compact them away. When ' +
    'it returns, the leader has to send it the snapshot in place of entries that are gone, and all three agree ' +
    'again (Raft §7, InstallSnapshot).',
  points: 3,
  course: 'Install',
  network: reliable,
  fault: 'disconnect',
});

const snapshotInstallUnreliable = installTest({
  name: 'snapshot-install-unreliable',
  title: 'Snapshots for a server that was cut off, unreliable',
  about:
    'The same on a network that loses a tenth of the requests and of the replies and delays the rest: snapshots ' +
    'arrive late, more than once, or after newer entries, and must never take a server back (Raft §7).',
  points: 2,
  course: 'InstallUnreliable',
  network: unreliable,
  fault: 'disconnect',
});

const snapshotInstallCrash = installTest({
  name: 'snapshot-install-crash',
  title: 'Snapshots for a server that crashed',
  about:
    'As when servers are cut off, but they crash: on boot a server has to give its service the stored snapshot, go ' +
    'on with the entries behind it, and take the leader’s snapshot when those do not reach far enough (Raft §7).',
  points: 3,
  course: 'InstallCrash',
  network: reliable,
  fault: 'crash',
});

const snapshotInstallUnCrash = installTest({
  name: 'snapshot-install-unreliable-crash',
  title: 'Snapshots for a server that crashed, unreliable',
  about:
    'Crashes and restarts as before, on a network that loses a tenth of the requests and of the replies and delays ' +
    'the rest (Raft §7).',
  points: 2,
  course: 'InstallUnCrash',
  network: unreliable,
  fault: 'crash',
});

const ALL_CRASH_ROUNDS = 5;

const snapshotAllCrash = defineTest<Cluster, number[]>({
  id: 'raft/D/snapshot-all-crash',
  title: 'Snapshots survive a crash of all servers',
  about:
    'Five times, after 5 to 14 more entries, all three servers crash in the same instant and restart. Snapshot and ' +
    'log come back from disk and fit together, and the next command goes behind everything agreed on before ' +
    '(Raft §7).',
  points: 2,
  servers: 3,
  course: ['TestSnapshotAllCrash2D', 'TestSnapshotAllCrash3D'],
  network: unreliable,
  settings,
  situations: { 'all servers restarted from snapshots': 'always' },
  plan: (draw) => Array.from({ length: ALL_CRASH_ROUNDS }, () => draw.integer(5, 14)),
  async run(cluster, rounds) {
    await cluster.agree('first', cluster.size, { retry: true });
    for (const entries of rounds) {
      for (let i = 0; i < entries; i++) await cluster.agree(`${i}`, cluster.size, { retry: true });
      // That the next command lands behind this one, the judge of leader completeness sees to.
      await cluster.agree('before', cluster.size, { retry: true });
      cluster.crash(...cluster.servers);
      cluster.restart(...cluster.servers);
      await cluster.agree('after', cluster.size, { retry: true });
    }
    if (cluster.servers.every((node) => (cluster.world.driver(node)?.service.snapshotIndex ?? 0) > 0)) {
      cluster.reached('all servers restarted from snapshots');
    }
  },
});

const snapshotInit = defineTest<Cluster>({
  id: 'raft/D/snapshot-init',
  title: 'A snapshot is not forgotten by the next write',
  about:
    'All servers restart from a snapshot, agree on one entry, which makes Raft write to its disk, and restart ' +
    'again. An implementation that read its snapshot only half, or writes its state without it, has lost it now ' +
    '(Raft §7).',
  points: 2,
  servers: 3,
  course: ['TestSnapshotInit2D', 'TestSnapshotInit3D'],
  network: unreliable,
  settings,
  situations: { 'a server restarted twice from the same snapshot': 'always' },
  async run(cluster) {
    await cluster.agree('first', cluster.size, { retry: true });
    for (let i = 0; i <= SNAPSHOT_INTERVAL; i++) await cluster.agree(`${i}`, cluster.size, { retry: true });
    cluster.crash(...cluster.servers);
    cluster.restart(...cluster.servers);
    // One entry, so that every server writes to its disk.
    await cluster.agree('between', cluster.size, { retry: true });
    const restored = cluster.servers.map((node) => cluster.world.driver(node)?.service.snapshotIndex);
    cluster.crash(...cluster.servers);
    cluster.restart(...cluster.servers);
    await cluster.agree('last', cluster.size, { retry: true });
    if (restored.every((index) => index !== undefined && index > 0)) {
      cluster.reached('a server restarted twice from the same snapshot');
    }
  },
});

export const partD = definePart<Cluster>({
  id: 'D',
  title: 'Log compaction',
  tests: [
    snapshotBasic,
    snapshotInstall,
    snapshotInstallUnreliable,
    snapshotInstallCrash,
    snapshotInstallUnCrash,
    snapshotAllCrash,
    snapshotInit,
  ],
});

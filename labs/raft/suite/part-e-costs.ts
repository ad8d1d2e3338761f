import type { NodeId } from '@lockstep/api';
import { disk } from '@lockstep/test-harness/faults';
import type { DiskModel } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import { commandBytes } from '../src/cluster.ts';
import type { Cluster, Start } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';

const TERMS = 15;
const leisurely = (): DiskModel => disk({ writeMs: [30, 50] });
/** So slow that a server hears of a leader while its own candidacy is still being written. */
const slow = (): DiskModel => disk({ writeMs: [400, 500] });
/** As in part B, where it is 60 for two followers. */
const IDLE_CALLS_PER_SECOND = 120;
/** Beyond those of an idle second before anybody else has led: a timer that is left behind makes more. */
const MORE_IDLE_CALLS = 10;
/** Nothing changes, so nothing need be written; one write for each server is spared. */
const IDLE_WRITES = 5;

const idleCosts = defineTest<Cluster>({
  id: 'raft/E/idle-costs',
  title: 'Former leaders are quiet',
  about:
    'Fifteen times, on slow disks, the leader is cut off and another elected, so that servers lead again; one of ' +
    'the five is so slow that others are elected before its own candidacy is on disk. Then nothing happens for a ' +
    'second, in which they may make 120 calls (30 for each follower, as in part B), at most ten more than in one ' +
    'before all that, and write next to nothing to their disks. A leadership or a candidacy that is over leaves no ' +
    'timer behind (Raft §5.2).',
  points: 1,
  servers: 5,
  network: reliable,
  disk: leisurely,
  situations: { 'servers that had led before led again': 'always' },
  async run(cluster) {
    cluster.world.useDisk(cluster.at(0), slow());
    await cluster.agree('first', cluster.size, { retry: true });
    const atFirst = await idleSecond(cluster);
    const led = new Set<NodeId>();
    let again = 0;
    for (let i = 0; i < TERMS; i++) {
      const leader = await cluster.checkOneLeader();
      if (led.has(leader)) again++;
      led.add(leader);
      cluster.disconnect(leader);
      await cluster.agree(`without ${leader}`, cluster.size - 1, { retry: true });
      cluster.connect(leader);
      await cluster.agree(`with ${leader}`, cluster.size, { retry: true });
    }
    if (again > 0) cluster.reached('servers that had led before led again');
    const inTheEnd = await idleSecond(cluster);
    const { bound } = cluster.world;
    bound('calls in an idle second', inTheEnd.calls, { atMost: IDLE_CALLS_PER_SECOND });
    bound('more calls in an idle second than at first', inTheEnd.calls - atFirst.calls, {
      atMost: MORE_IDLE_CALLS,
    });
    bound('disk writes in an idle second', inTheEnd.diskWrites, { atMost: IDLE_WRITES });
  },
});

/** What all servers do in a second in which nothing happens, once the last election is over. */
async function idleSecond(cluster: Cluster): Promise<{ calls: number; diskWrites: number }> {
  await cluster.sleep(ELECTION_MS);
  const before = cluster.world.counters();
  await cluster.sleep(ELECTION_MS);
  const after = cluster.world.counters();
  return { calls: after.calls - before.calls, diskWrites: after.diskWrites - before.diskWrites };
}

const PROMPT_COMMANDS = 50;
/** The course asks for 33 ms of a key/value service on Raft, its disk writes not counted. */
const PROMPT_MS = 33;

const prompt = defineTest<Cluster>({
  id: 'raft/E/prompt',
  title: 'A command waits for no heartbeat',
  about:
    'Fifty commands, each started when the leader has applied the one before, take 33 ms each on average at the ' +
    'most. A leader sends an entry when it has it, and goes on when it is answered; one that leaves that to its ' +
    'heartbeats takes a hundred and more (Raft §5.3).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'fifty commands were applied one after the other': 'always' },
  async run(cluster) {
    const { world } = cluster;
    await cluster.agree('first', cluster.size, { retry: true });
    const leader = await cluster.checkOneLeader();
    const from = world.now;
    for (let i = 0; i < PROMPT_COMMANDS; i++) {
      const started = await cluster.start(leader, `${i}`);
      if (started === undefined)
        return cluster.notLive('leader stability', `${leader} to go on leading`, from);
      await cluster.untilApplied(leader, started.index, { withinMs: ELECTION_MS, everyMs: 1 });
    }
    cluster.reached('fifty commands were applied one after the other');
    world.bound('ms for each command', (world.now - from) / PROMPT_COMMANDS, { atMost: PROMPT_MS });
  },
});

const AGREEMENTS = 20;
/** One is needed on each server; whoever writes term, entries and commit index apart takes three. */
const WRITES_PER_AGREEMENT = 4;

const writeCosts = defineTest<Cluster>({
  id: 'raft/E/write-costs',
  title: 'Few disk writes for a command',
  about:
    'Twenty commands are agreed on, one after the other, on three servers. Each command has to be written once on ' +
    'each of them; a server may take four writes for it (Raft §5.3, Figure 2).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'twenty commands were agreed on': 'always' },
  async run(cluster) {
    await cluster.agree('first', cluster.size, { retry: true });
    const before = cluster.world.counters();
    for (let i = 0; i < AGREEMENTS; i++) await cluster.agree(`${i}`, cluster.size, { retry: true });
    cluster.reached('twenty commands were agreed on');
    const writes = cluster.world.counters().diskWrites - before.diskWrites;
    const atMost = WRITES_PER_AGREEMENT * AGREEMENTS * cluster.size;
    cluster.world.bound(`disk writes for ${AGREEMENTS} commands`, writes, { atMost });
  },
});

const MISSED = 200;
const CALLS = 60;
const WRITES = 60;
const OTHER_BYTES = 20_000;
const CAUGHT_UP_MS = 3 * ELECTION_MS;

const catchingUp = defineTest<Cluster>({
  id: 'raft/E/catching-up',
  title: 'A server that was away is soon up to date',
  about:
    'A follower restarts without the last two hundred commands. It must have applied them within three seconds, with ' +
    'at most 60 calls and 60 disk writes of the whole cluster, and each command is sent to it twice at the most: ' +
    'entries that are missing go out together (Raft §5.3).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'a follower caught up with two hundred commands': 'always' },
  async run(cluster) {
    const { world } = cluster;
    await cluster.agree('first', cluster.size, { retry: true });
    const leader = await cluster.checkOneLeader();
    const follower = cluster.after(leader, 1);
    cluster.crash(follower);
    const starts: Start[] = [];
    for (let i = 0; i < MISSED; i++) {
      const started = await cluster.start(leader, `missed ${i}`);
      if (started !== undefined) starts.push(started);
    }
    const last = await cluster.agree('last missed', cluster.size - 1, { retry: true });

    const before = world.counters();
    cluster.restart(follower);
    await cluster.untilApplied(follower, last, { withinMs: CAUGHT_UP_MS });
    cluster.reached('a follower caught up with two hundred commands');
    const used = world.counters();
    const bytes = starts.reduce((sum, { command }) => sum + commandBytes(command), 0);
    world.bound('calls to catch up', used.calls - before.calls, { atMost: CALLS });
    world.bound('disk writes to catch up', used.diskWrites - before.diskWrites, { atMost: WRITES });
    world.bound('bytes to catch up', used.bytes - before.bytes, { atMost: 2 * bytes + OTHER_BYTES });
    await cluster.agree('with all', cluster.size, { retry: true });
  },
});

export const budgets = [idleCosts, writeCosts, prompt, catchingUp];

import { Client, clients, runWorld, serversOf } from './world.ts';
import type { Script } from './world.ts';
import { Load } from './load.ts';

/**
 * How much slower than the world's own (5 µs an event) the groups' servers are: a server then has a fixed service time
 * of
 * 250 µs for each message that it takes in and each timer, and 0.4 µs for each byte.
 */
const SLOWNESS = 50;

/** Operations under way for each group: more than it can do at once. */
const LANES_PER_GROUP = 32;

/** Client machines, of which a world has room for few beside 16 groups. They are not slowed. */
const CLIENTS = 12;

const WARM_UP_MS = 500;
const MEASURED_MS = 1_000;

/** A span of the graph of a move. */
const BIN_MS = 20;

/** An operation that took so much longer than the median was blocked. */
const BLOCKED_FACTOR = 5;

await scaling();
await moving();

/**
 * Throughput with 1 to 16 groups. With 12 shards, 16 groups leave four idle, and 8 give some twice as much as others.
 */
async function scaling(): Promise<void> {
  print('groups   operations/s   for each group   busiest group has');
  for (const groups of [1, 2, 4, 8, 16]) {
    let throughput = 0;
    const count = Math.min(groups, CLIENTS);
    await run(groups, count, async (world) => {
      await join(world, count, range(1, groups));
      const load = new Load(world, count, Math.ceil((groups * LANES_PER_GROUP) / count));
      await load.start();
      await world.sleep(WARM_UP_MS);
      const from = world.now;
      await world.sleep(MEASURED_MS);
      throughput = load.throughput(from, world.now);
      await load.stop();
    });
    const busiest = Math.ceil(12 / groups);
    const [all, each] = [Math.round(throughput), Math.round(throughput / groups)];
    print(`${pad(groups, 6)}   ${pad(all, 12)}   ${pad(each, 14)}   ${busiest} of 12 shards`);
  }
}

/** What a join does to the operations under way: two groups become three, and four shards move. */
async function moving(): Promise<void> {
  const count = 4;
  await run(3, count, async (world) => {
    await join(world, count, [1, 2]);
    const load = new Load(world, count, (2 * LANES_PER_GROUP) / count);
    await load.start();
    await world.sleep(WARM_UP_MS + MEASURED_MS);
    const from = world.now;
    await join(world, count, [3]);
    await world.sleep(MEASURED_MS);
    report(load, from);
    await load.stop();
  });
}

function report(load: Load, from: number): void {
  const before = load.throughput(from - MEASURED_MS, from);
  const bins = Array.from({ length: MEASURED_MS / BIN_MS }, (_, i) => {
    const start = from + i * BIN_MS;
    return { start, share: load.throughput(start, start + BIN_MS) / before };
  });
  const low = bins.reduce((a, b) => (b.share < a.share ? b : a));
  const dip = bins.filter(({ share }) => share < 0.9);
  const length = dip.length * BIN_MS;
  const usual = median(load.ended.filter(({ to }) => to < from).map((one) => one.to - one.from));
  const during = load.ended.filter((one) => one.to >= from && one.from < from + MEASURED_MS);
  const blocked = during.filter((one) => one.to - one.from > BLOCKED_FACTOR * usual);
  const longest = blocked.reduce((most, one) => Math.max(most, one.to - one.from), 0);
  print('');
  print('a third group joins two, so that 4 of 12 shards move');
  print(`  before                ${Math.round(before)} operations/s, median ${usual.toFixed(1)} ms`);
  print(`  dip                   to ${percent(low.share)} of that; below 90 % for ${length} ms in all`);
  print(
    `  after a second        ${percent(load.throughput(from + MEASURED_MS - 200, from + MEASURED_MS) / before)}`,
  );
  print(
    `  blocked by the move   ${percent(blocked.length / during.length)} of the operations of that second ` +
      `(over ${BLOCKED_FACTOR} times the median), for ${Math.round(longest)} ms at most`,
  );
}

/** Groups join, all at once, by the hand of the first client. */
async function join(world: Script, count: number, groups: readonly number[]): Promise<void> {
  const [administrator] = clients(count);
  if (administrator === undefined) throw new Error('there is no client');
  let isDone = false;
  await world.invoke(administrator, 'join', (driver: unknown) => {
    if (!(driver instanceof Client)) throw new TypeError('no client');
    const joining = Object.fromEntries(groups.map((group) => [String(group), serversOf(group)]));
    void driver.administrator.join(joining).then(() => (isDone = true));
  });
  await world.until(() => isDone, {
    withinMs: 10_000,
    everyMs: 1,
    violation: () => ({ kind: 'liveness', property: 'progress', message: 'a join does not end' }),
  });
}

async function run(groups: number, count: number, script: (world: Script) => Promise<void>): Promise<void> {
  const result = await runWorld({ groups, clients: count }, '1', {}, async (world) => {
    for (const group of range(1, groups)) for (const id of serversOf(group)) world.slow(id, SLOWNESS);
    await script(world);
  });
  if (result.verdict.status !== 'pass') throw new Error(`the bench failed: ${result.verdict.message}`);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

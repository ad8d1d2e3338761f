import type { Host } from '@lockstep/api';
import { callee } from './callee.ts';
import { ask, caller } from './caller.ts';
import type { Answer } from './caller.ts';
import type { Actions, ConformanceCheck, ConformanceWorld } from './check.ts';
import { eventually, expectSame, expectTrue } from './expectations.ts';

/**
 * What code has done since its check began, whether its Host still lives or not. Boots of one process share it, so it
 * shows code of a dead boot at work even though its Host no longer lets it have any effect.
 */
const traces: string[] = [];

/** Never stops by itself: ticks tell the node n2, and count on disk. */
function restless(host: Host): Actions {
  let boot = 'not started';
  const tick = (count: number): void => {
    void ask(host, { to: 'n2', method: 'note', args: `${boot} ${count}`, timeoutMs: 50 });
    void host.disk.write({ [boot]: count });
    traces.push(`${boot} ${count}`);
    host.clock.after(3, () => tick(count + 1));
  };
  return {
    start: (name: string) => {
      traces.length = 0;
      boot = name;
      tick(1);
    },
    stored: () => host.disk.entries(),
    traces: () => traces,
  };
}

/** Waits for another node, and cleans up behind itself as it would after an error. */
function tidyCaller(host: Host): Actions {
  const note = (args: string): Promise<Answer> => ask(host, { to: 'n2', method: 'note', args });
  const wait = async (): Promise<void> => {
    try {
      await ask(host, { to: 'n2', method: 'hold', args: 'the call' });
      traces.push('went on');
      await note('went on');
    } finally {
      traces.push('cleaned up');
      await note('cleaned up');
    }
  };
  return {
    wait: () => {
      traces.length = 0;
      void wait();
    },
    traces: () => traces,
  };
}

/** Remembers how often it was asked, in memory only. */
function forgetful(host: Host): Actions {
  let count = 0;
  host.serve({ count: () => ++count });
  return { ...caller(host), count: () => ++count };
}

async function untilHeld(world: ConformanceWorld, names: readonly string[]): Promise<void> {
  await eventually(world, `n2 holds ${names.join(' and ')}`, async () => {
    const held = await world.run<unknown[]>('n2', 'held');
    return held.length === names.length && names.every((name) => held.includes(name));
  });
}

/** Waits until what a node has noted stays the same for a while, and gives it. */
async function settledNotes(world: ConformanceWorld, node: string): Promise<unknown[]> {
  let notes: unknown[] = [];
  await eventually(world, `${node} hears nothing any more`, async () => {
    const before = notes.length;
    await world.sleep(30);
    notes = await world.run<unknown[]>(node, 'notes');
    return notes.length === before;
  });
  return notes;
}

/** What a crash ends, and what not. */
export const CRASHES: readonly ConformanceCheck[] = [
  {
    name: 'after a crash nothing of the old boot happens any more: no timer, no call, no write',
    isAboutCrashes: true,
    nodes: { n1: restless, n2: callee },
    async run(world) {
      await world.run('n1', 'start', 'first boot');
      await eventually(world, 'the node ticks', async () => {
        return (await world.run<unknown[]>('n2', 'notes')).length >= 2;
      });
      await world.crash('n1');
      const notes = await settledNotes(world, 'n2');
      await world.restart('n1');
      const stored = await world.run('n1', 'stored');
      const done = await world.run('n1', 'traces');
      await world.sleep(30);
      expectSame((await world.run<unknown[]>('n2', 'notes')).length, notes.length, 'calls of the old boot');
      expectSame(await world.run('n1', 'stored'), stored, 'the disk, which the old boot may not touch');
      expectSame(await world.run('n1', 'traces'), done, 'what code of the old boot has done');
    },
  },
  {
    name: 'promises of a crashed node never settle, and its finally blocks never run',
    isAboutCrashes: true,
    nodes: { n1: tidyCaller, n2: callee },
    async run(world) {
      await world.run('n1', 'wait');
      await untilHeld(world, ['the call']);
      await world.crash('n1');
      await world.run('n2', 'letGo', 'the call');
      await world.restart('n1');
      await world.sleep(40);
      expectSame(await world.run('n2', 'notes'), [], 'what the dead boot has said');
      expectSame(await world.run('n1', 'traces'), [], 'what code of the dead boot has done');
    },
  },
  {
    name: 'a crash takes a node’s memory: it boots anew',
    isAboutCrashes: true,
    nodes: { n1: forgetful, n2: forgetful },
    async run(world) {
      expectSame(await world.run('n2', 'count'), 1, 'the first count');
      const counted = await world.run('n1', 'call', { to: 'n2', method: 'count' });
      expectSame(counted, { value: 2 }, 'the second count');
      await world.crash('n2');
      await world.restart('n2');
      expectSame(await world.run('n2', 'count'), 1, 'the first count of the second boot');
      let attempts = 0;
      await eventually(world, 'the second boot serves', async () => {
        attempts++;
        const answer = await world.run<Answer>('n1', 'call', { to: 'n2', method: 'count' });
        if (!('value' in answer)) return false;
        // An attempt that failed may have been counted all the same.
        const isFresh = Number(answer.value) >= 2 && Number(answer.value) <= 1 + attempts;
        expectTrue(
          isFresh,
          `attempt ${attempts} to call the second boot is counted as ${String(answer.value)}`,
        );
        return true;
      });
    },
  },
  {
    name: 'a call to a node that crashes before it answers is unavailable, though it comes back',
    isAboutCrashes: true,
    nodes: { n1: caller, n2: callee },
    async run(world) {
      const held = { name: 'held', to: 'n2', method: 'hold', args: 'held', timeoutMs: 2_000 };
      await world.run('n1', 'begin', held);
      await untilHeld(world, ['held']);
      await world.crash('n2');
      await world.restart('n2');
      expectSame(await world.run('n2', 'held'), [], 'requests that the second boot holds');
      await eventually(world, 'the call ends', async () => {
        return (await world.run<unknown[]>('n1', 'ended')).length === 1;
      });
      expectSame(await world.run('n1', 'ended'), [['held', { code: 'unavailable' }]], 'the call');
    },
  },
  {
    name: 'a reply never reaches a later boot of its caller',
    isAboutCrashes: true,
    nodes: { n1: caller, n2: callee },
    async run(world) {
      // Whatever a Host counts its calls by, both boots count the same.
      await world.run('n1', 'begin', { name: 'old', to: 'n2', method: 'hold', args: 'old' });
      await untilHeld(world, ['old']);
      await world.crash('n1');
      await world.restart('n1');
      await world.run('n1', 'begin', { name: 'new', to: 'n2', method: 'hold', args: 'new' });
      await untilHeld(world, ['old', 'new']);
      await world.run('n2', 'letGo', 'old');
      await world.sleep(20);
      expectSame(await world.run('n1', 'ended'), [], 'calls that the old reply has ended');
      await world.run('n2', 'letGo', 'new');
      await eventually(world, 'the new call ends', async () => {
        return (await world.run<unknown[]>('n1', 'ended')).length === 1;
      });
      expectSame(await world.run('n1', 'ended'), [['new', { value: 'new' }]], 'the new call');
    },
  },
];

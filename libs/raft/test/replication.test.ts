import { NotPlainData } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import type { AppendEntriesArgs } from '../src/messages.ts';
import { acknowledge, append, boot, elect, isPending } from './cluster-of-one.ts';
import type { Lone } from './cluster-of-one.ts';
import { FakeDisk, settle } from './fake-host.ts';

describe('a follower that gets AppendEntries (Raft §5.3, Figure 2)', () => {
  it('acknowledges entries when they are durable, and not before', async () => {
    const { host, rpc } = await boot();
    host.disk.isPrompt = false;
    const reply = rpc.appendEntries(append(1, [0, 0], [1, 1]));
    expect(await isPending(reply)).toBe(true);
    await host.disk.end();
    expect(await reply).toEqual({ term: 1, success: true });
  });

  it('acknowledges nothing for a term that ended meanwhile', async () => {
    const { host, rpc } = await boot();
    host.disk.isPrompt = false;
    const reply = rpc.appendEntries(append(1, [0, 0], [1]));
    await settle();
    void rpc.appendEntries({ ...append(2, [0, 0], [2]), leaderId: 'n3' });
    await settle();
    await host.disk.end();
    await host.disk.end();
    expect(await reply).toEqual({ term: 2, success: false });
  });

  it('refuses an earlier term, and names its own', async () => {
    const { rpc, raft } = await boot();
    await rpc.appendEntries(append(3, [0, 0]));
    expect(await rpc.appendEntries(append(2, [0, 0], [2]))).toEqual({ term: 3, success: false });
    expect(raft.inspect?.().lastIndex).toBe(0);
  });

  it('refuses heartbeats, too, that do not fit its log', async () => {
    const { rpc, applied } = await boot();
    await rpc.appendEntries(append(1, [0, 0], [1, 1]));
    expect(await rpc.appendEntries(append(3, [2, 3], [], 2))).toMatchObject({ term: 3, success: false });
    expect(applied).toEqual([]);
  });

  it('commits no further than the last entry of the message', async () => {
    const { rpc, applied } = await boot();
    await rpc.appendEntries(append(1, [0, 0], [1, 1, 1]));
    // A new leader with another third entry, which it has committed.
    await rpc.appendEntries(append(2, [0, 0], [1, 1], 3));
    await settle();
    expect(applied.map(({ index }) => index)).toEqual([1, 2]);
  });

  it('never takes its commit index back', async () => {
    const { rpc, raft } = await boot();
    await rpc.appendEntries(append(1, [0, 0], [1, 1], 2));
    await rpc.appendEntries(append(1, [0, 0], [1], 1));
    expect(raft.inspect?.().commitIndex).toBe(2);
  });
});

describe('a leader', () => {
  it('appends after its last entry, the first at index 1, and nothing of its own', async () => {
    const lone = await boot();
    const term = await elect(lone);
    expect(lone.raft.inspect?.().lastIndex).toBe(0);
    expect(lone.raft.start('a')).toEqual({ index: 1, term });
    expect(lone.raft.start('b')).toEqual({ index: 2, term });
  });

  it('takes commands as copies, and refuses what is not plain data', async () => {
    const lone = await boot();
    await elect(lone);
    const command = { value: 1 };
    lone.raft.start(command);
    command.value = 2;
    expect(lone.raft.inspect?.().entry(1)?.command).toEqual({ value: 1 });
    expect(() => lone.raft.start(() => {})).toThrow(NotPlainData);
    expect(lone.raft.inspect?.().lastIndex).toBe(1);
  });

  it('sends what is started in one turn in one message', async () => {
    const lone = await boot();
    await elect(lone);
    await acknowledge(lone, 'n2');
    for (const command of ['a', 'b', 'c']) lone.raft.start(command);
    await settle();
    const [message, ...others] = await acknowledge(lone, 'n2');
    expect(message?.entries.map(({ command }) => command)).toEqual(['a', 'b', 'c']);
    expect(others).toEqual([]);
  });

  it('sends with its first heartbeat what the service starts from onLeader', async () => {
    const lone: Lone = await boot(new FakeDisk(), { onLeader: () => lone.raft.start('no-op') });
    const term = await elect(lone);
    const [first] = await acknowledge(lone, 'n2');
    expect(first?.entries).toEqual([{ term, command: 'no-op' }]);
  });

  it('commits what a majority has made durable, its own disk being one', async () => {
    const lone = await boot();
    await elect(lone);
    lone.host.disk.isPrompt = false;
    lone.raft.start('a');
    await settle();
    await acknowledge(lone, 'n2');
    expect(lone.applied).toEqual([]);
    await lone.host.disk.end();
    expect(lone.applied.map(({ index }) => index)).toEqual([1]);
  });

  it('commits without its own disk when the others have a majority', async () => {
    const lone = await boot();
    await elect(lone);
    lone.host.disk.isPrompt = false;
    lone.raft.start('a');
    await settle();
    await acknowledge(lone, 'n2');
    await acknowledge(lone, 'n3');
    expect(lone.applied.map(({ index }) => index)).toEqual([1]);
  });

  it('commits an entry of an earlier term only along with one of its own (§5.4.2)', async () => {
    const lone = await boot();
    await lone.rpc.appendEntries(append(1, [0, 0], [1]));
    await elect(lone);
    await acknowledge(lone, 'n2');
    await acknowledge(lone, 'n3');
    expect(lone.applied).toEqual([]);
    lone.raft.start('own');
    await settle();
    await acknowledge(lone, 'n2');
    expect(lone.applied.map(({ index }) => index)).toEqual([1, 2]);
  });

  it('steps down for a later term in an answer, and takes no more commands', async () => {
    const lone = await boot();
    await elect(lone);
    const [call] = lone.host.take('appendEntries');
    await call?.answer({ term: 9, success: false });
    expect(lone.raft.status()).toEqual({ term: 9, isLeader: false });
    expect(lone.raft.start('a')).toBeUndefined();
  });

  it('ignores answers to an earlier leadership of its own', async () => {
    const lone = await boot();
    await elect(lone);
    lone.raft.start('a');
    await settle();
    const late = lone.host.take('appendEntries');
    await lone.rpc.appendEntries(append(5, [0, 0], [5]));
    await elect(lone);
    lone.host.take('appendEntries');
    for (const call of late) await call.answer({ term: 1, success: true });
    expect(lone.applied).toEqual([]);
  });

  it('steps down when no majority has answered for long (dissertation §6.2)', async () => {
    const lone = await boot();
    await elect(lone);
    await lone.host.advance(1100);
    expect(lone.raft.status().isLeader).toBe(true);
    await lone.host.advance(300);
    expect(lone.raft.status().isLeader).toBe(false);
  });

  it('is heard ten times a second, and has few calls under way, although some hang', async () => {
    const lone = await boot();
    await elect(lone);
    lone.host.take('appendEntries');
    for (let i = 0; i < 10; i++) {
      for (let j = 0; j < 5; j++) {
        lone.raft.start({ i, j });
        await lone.host.advance(20);
      }
      await acknowledge(lone, 'n2');
    }
    const hanging = lone.host.take('appendEntries').filter(({ to }) => to === 'n3');
    expect(hanging.length).toBeGreaterThanOrEqual(10);
    expect(hanging.length).toBeLessThanOrEqual(14);
    // Nothing is sent twice to a peer that has not answered.
    const sent = hanging.flatMap(({ args }) => (args as AppendEntriesArgs).entries);
    expect(sent.length).toBeLessThanOrEqual(50);
  });

  it('finds out with the next heartbeat what was lost, and sends it again', async () => {
    const lone = await boot();
    const term = await elect(lone);
    await acknowledge(lone, 'n2');
    lone.raft.start('a');
    await settle();
    for (const call of lone.host.take('appendEntries')) await call.fail();
    await lone.host.advance(100);
    const heartbeat = lone.host.take('appendEntries').find(({ to }) => to === 'n2');
    expect(heartbeat?.args).toMatchObject({ prevLogIndex: 1, entries: [] });
    await heartbeat?.answer({ term, success: false, conflict: { index: 0, terms: [] } });
    const [again] = await acknowledge(lone, 'n2');
    expect(again).toMatchObject({ prevLogIndex: 0, entries: [{ term, command: 'a' }] });
    expect(lone.applied.map(({ index }) => index)).toEqual([1]);
  });

  it('tells its followers of a commit soon, and not only with the next heartbeat', async () => {
    const lone = await boot();
    await elect(lone);
    await acknowledge(lone, 'n2');
    lone.raft.start('a');
    await settle();
    await acknowledge(lone, 'n2');
    await lone.host.advance(20);
    const [notice] = await acknowledge(lone, 'n2');
    expect(notice).toMatchObject({ entries: [], leaderCommit: 1 });
  });
});

describe('what is committed', () => {
  it('is not lost with the memory of those who have it on disk', async () => {
    const lone = await boot();
    await lone.rpc.appendEntries(append(1, [0, 0], [1, 1], 1));
    const booted = await boot(new FakeDisk(lone.host.disk.contents));
    expect(booted.raft.inspect?.()).toMatchObject({ currentTerm: 1, lastIndex: 2, commitIndex: 0 });
    expect(booted.raft.inspect?.().entry(2)).toEqual({ term: 1, command: '1@2' });
  });
});

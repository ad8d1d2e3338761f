import { describe, expect, it } from 'vitest';
import { acknowledge, append, boot, elect } from './cluster-of-one.ts';
import { FakeDisk, settle } from './fake-host.ts';

const install = (term: number, lastIncludedIndex: number, lastIncludedTerm: number) => ({
  term,
  leaderId: 'n2',
  lastIncludedIndex,
  lastIncludedTerm,
  data: `state at ${lastIncludedIndex}`,
});

const kinds = (applied: readonly { readonly kind: string; readonly index: number }[]) =>
  applied.map(({ kind, index }) => `${kind} ${index}`);

describe('a snapshot of the service’s own (Raft §7)', () => {
  it('takes the place of the entries that it holds', async () => {
    const { rpc, raft, host } = await boot();
    await rpc.appendEntries(append(1, [0, 0], [1, 1, 1], 2));
    await settle();
    raft.snapshot(2, 'state at 2');
    await settle();
    expect([...host.disk.contents.keys()].toSorted()).toEqual(['log/3', 'snapshot', 'vote']);
    expect(raft.inspect?.()).toMatchObject({ lastIncludedIndex: 2, lastIncludedTerm: 1, lastIndex: 3 });
  });

  it('is ignored when it is not newer, and refused when it is ahead of what was applied', async () => {
    const { rpc, raft, host } = await boot();
    await rpc.appendEntries(append(1, [0, 0], [1, 1, 1], 2));
    await settle();
    raft.snapshot(2, 'new');
    raft.snapshot(1, 'old');
    raft.snapshot(2, 'again');
    await settle();
    expect(host.disk.contents.get('snapshot')).toMatchObject({ data: 'new' });
    expect(() => raft.snapshot(3, 'ahead')).toThrow(RangeError);
  });

  it('comes first after a boot, and the log goes on behind it', async () => {
    const { rpc, raft, host } = await boot();
    await rpc.appendEntries(append(1, [0, 0], [1, 1, 1], 2));
    await settle();
    raft.snapshot(2, 'state at 2');
    await settle();
    const booted = await boot(new FakeDisk(host.disk.contents));
    expect(booted.applied).toEqual([{ kind: 'snapshot', index: 2, term: 1, data: 'state at 2' }]);
    await booted.rpc.appendEntries(append(1, [3, 1], [], 3));
    await settle();
    expect(kinds(booted.applied)).toEqual(['snapshot 2', 'command 3']);
  });
});

describe('InstallSnapshot (Raft §7, Figure 13)', () => {
  it('replaces a log that lacks its last entry, and is delivered', async () => {
    const { rpc, raft, applied } = await boot();
    await rpc.appendEntries(append(1, [0, 0], [1, 1], 1));
    expect(await rpc.installSnapshot(install(2, 8, 2))).toEqual({ term: 2 });
    expect(kinds(applied)).toEqual(['command 1', 'snapshot 8']);
    expect(raft.inspect?.()).toMatchObject({ lastIndex: 8, commitIndex: 8, lastApplied: 8 });
    expect(await rpc.appendEntries(append(2, [8, 2], [2], 9))).toEqual({ term: 2, success: true });
    await settle();
    expect(kinds(applied)).toEqual(['command 1', 'snapshot 8', 'command 9']);
  });

  it('keeps what follows it in a log that has its last entry', async () => {
    const { rpc, raft } = await boot();
    await rpc.appendEntries(append(1, [0, 0], [1, 1, 1, 1]));
    await rpc.installSnapshot(install(1, 2, 1));
    expect(raft.inspect?.()).toMatchObject({ lastIncludedIndex: 2, lastIndex: 4 });
  });

  it('never takes the service back', async () => {
    const { rpc, raft, applied } = await boot();
    await rpc.appendEntries(append(1, [0, 0], [1, 1, 1], 3));
    await rpc.installSnapshot(install(1, 2, 1));
    await settle();
    expect(kinds(applied)).toEqual(['command 1', 'command 2', 'command 3']);
    expect(raft.inspect?.()).toMatchObject({ lastIncludedIndex: 0, lastApplied: 3 });
  });

  it('of an earlier term is refused', async () => {
    const { rpc, raft } = await boot();
    await rpc.appendEntries(append(3, [0, 0]));
    expect(await rpc.installSnapshot(install(2, 5, 2))).toMatchObject({ term: 3 });
    expect(raft.inspect?.().lastIndex).toBe(0);
  });

  it('makes a candidate follow, and counts as a leader’s message', async () => {
    const { rpc, raft, host } = await boot();
    await host.advance(451);
    await rpc.installSnapshot(install(1, 5, 1));
    await host.advance(449);
    expect(raft.status()).toEqual({ term: 1, isLeader: false, leaderHint: 'n2' });
  });
});

describe('a leader whose follower lacks entries that are compacted', () => {
  it('sends its snapshot once the follower has answered, and goes on behind it', async () => {
    const lone = await boot();
    await lone.rpc.appendEntries(append(1, [0, 0], [1, 1, 1], 3));
    await settle();
    lone.raft.snapshot(3, 'state at 3');
    const term = await elect(lone);
    lone.raft.start('a');
    await settle();
    await acknowledge(lone, 'n2');
    await acknowledge(lone, 'n2');
    expect(lone.host.take('installSnapshot')).toEqual([]);

    const asked = lone.host.take('appendEntries').filter(({ to }) => to === 'n3');
    for (const call of asked) await call.answer({ term, success: false, conflict: { index: 0, terms: [] } });
    const [snapshot, ...others] = lone.host.take('installSnapshot');
    expect(others).toEqual([]);
    expect(snapshot).toMatchObject({
      to: 'n3',
      args: { term, leaderId: 'n1', lastIncludedIndex: 3, lastIncludedTerm: 1, data: 'state at 3' },
    });
    await snapshot?.answer({ term });
    const [next] = await acknowledge(lone, 'n3');
    expect(next).toMatchObject({ prevLogIndex: 3, prevLogTerm: 1, entries: [{ command: 'a' }] });
  });

  it('goes on with heartbeats meanwhile, and sends the snapshot again when it was lost', async () => {
    const lone = await boot();
    await lone.rpc.appendEntries(append(1, [0, 0], [1, 1, 1], 3));
    await settle();
    lone.raft.snapshot(3, 'state at 3');
    const term = await elect(lone);
    const refuseAll = async (): Promise<number> => {
      const asked = lone.host.take('appendEntries').filter(({ to }) => to === 'n3');
      for (const call of asked)
        await call.answer({ term, success: false, conflict: { index: 0, terms: [] } });
      return asked.length;
    };
    await refuseAll();
    const [lost] = lone.host.take('installSnapshot');
    await lone.host.advance(300);
    expect(await refuseAll()).toBe(3);
    expect(lone.host.take('installSnapshot')).toEqual([]);
    await lost?.fail();
    await lone.host.advance(100);
    await refuseAll();
    expect(lone.host.take('installSnapshot')).toHaveLength(1);
  });
});

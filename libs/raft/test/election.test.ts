import { describe, expect, it } from 'vitest';
import { append, boot, elect, isPending, voteRequest } from './cluster-of-one.ts';
import { FakeDisk } from './fake-host.ts';

describe('a follower (Raft §5.2)', () => {
  it('campaigns when it hears nobody for its election timeout', async () => {
    const { host, raft } = await boot();
    await host.advance(449);
    expect(raft.status()).toEqual({ term: 0, isLeader: false });
    await host.advance(2);
    expect(raft.inspect?.().role).toBe('candidate');
    expect(host.take('requestVote').map(({ to, args }) => [to, args])).toEqual(
      ['n2', 'n3'].map((to) => [to, { term: 1, candidateId: 'n1', lastLogIndex: 0, lastLogTerm: 0 }]),
    );
  });

  it('draws each timeout anew', async () => {
    const { host, rpc, raft } = await boot();
    host.draw = 0;
    await rpc.appendEntries(append(1, [0, 0]));
    await host.advance(301);
    expect(raft.status().term).toBe(2);
  });

  it('waits on while a leader or a candidate with its vote is heard, and for nobody else', async () => {
    const { host, rpc, raft } = await boot();
    await host.advance(400);
    await rpc.appendEntries(append(5, [0, 0], [5]));
    await host.advance(400);
    expect(raft.status()).toEqual({ term: 5, isLeader: false, leaderHint: 'n2' });
    // A stale leader, and a candidate whose log is not up-to-date.
    await rpc.appendEntries(append(4, [0, 0]));
    await rpc.requestVote(voteRequest(6));
    await host.advance(49);
    expect(raft.status().term).toBe(6);
    await host.advance(2);
    expect(raft.status().term).toBe(7);
    await rpc.requestVote(voteRequest(8, 1, 5));
    await host.advance(449);
    expect(raft.status().term).toBe(8);
  });

  it('is not held up by a candidate that only repeats itself', async () => {
    const { host, rpc, raft } = await boot();
    await rpc.requestVote(voteRequest(1));
    for (let i = 0; i < 5; i++) {
      await host.advance(100);
      await rpc.requestVote(voteRequest(1));
    }
    expect(raft.status().term).toBe(2);
  });
});

describe('a vote', () => {
  it('is given when it is durable, and not before', async () => {
    const { host, rpc } = await boot();
    host.disk.isPrompt = false;
    const reply = rpc.requestVote(voteRequest(3));
    expect(await isPending(reply)).toBe(true);
    await host.disk.end();
    expect(await reply).toEqual({ term: 3, voteGranted: true });
  });

  it('outlives a crash', async () => {
    const first = await boot();
    await first.rpc.requestVote({ ...voteRequest(3), candidateId: 'n2' });
    const second = await boot(new FakeDisk(first.host.disk.contents));
    expect(await second.rpc.requestVote(voteRequest(3))).toEqual({ term: 3, voteGranted: false });
    expect(await second.rpc.requestVote({ ...voteRequest(3), candidateId: 'n2' })).toEqual({
      term: 3,
      voteGranted: true,
    });
  });

  it('is free again in a later term', async () => {
    const { rpc } = await boot();
    await rpc.requestVote({ ...voteRequest(3), candidateId: 'n2' });
    expect(await rpc.requestVote(voteRequest(4))).toEqual({ term: 4, voteGranted: true });
  });
});

describe('a candidate', () => {
  it('asks for votes only once its own is durable', async () => {
    const { host } = await boot();
    host.disk.isPrompt = false;
    await host.advance(1000);
    expect(host.calls).toEqual([]);
    await host.disk.end();
    expect(host.take('requestVote')).toHaveLength(2);
  });

  it('leads with the votes of a majority, tells its service once, and is heard at once', async () => {
    const lone = await boot();
    const term = await elect(lone);
    expect(lone.terms).toEqual([term]);
    expect(lone.raft.status()).toEqual({ term, isLeader: true, leaderHint: 'n1' });
    expect(lone.host.take('appendEntries').map(({ to }) => to)).toEqual(['n2', 'n3']);
  });

  it('asks those again who have not answered, and then in a new term', async () => {
    const { host } = await boot();
    await host.advance(451);
    const [n2] = host.take('requestVote');
    await n2?.answer({ term: 1, voteGranted: false });
    await host.advance(100);
    expect(host.take('requestVote').map(({ to }) => to)).toEqual(['n3']);
    await host.advance(400);
    expect(host.take('requestVote').map(({ args }) => args)).toContainEqual({
      ...voteRequest(2),
      candidateId: 'n1',
    });
  });

  it('is not elected by votes of an earlier term', async () => {
    const { host, raft } = await boot();
    await host.advance(451);
    const early = host.take('requestVote');
    await host.advance(450);
    expect(raft.status().term).toBe(2);
    for (const request of early) await request.answer({ term: 1, voteGranted: true });
    expect(raft.status().isLeader).toBe(false);
  });

  it('follows a leader of its own term', async () => {
    const { host, rpc, raft } = await boot();
    await host.advance(451);
    await rpc.appendEntries(append(1, [0, 0]));
    expect(raft.status()).toEqual({ term: 1, isLeader: false, leaderHint: 'n2' });
    for (const request of host.take('requestVote')) await request.answer({ term: 1, voteGranted: true });
    expect(raft.status().isLeader).toBe(false);
  });

  it('follows a later term, and votes in it at once', async () => {
    const { host, rpc, raft } = await boot();
    await host.advance(451);
    expect(await rpc.requestVote(voteRequest(2))).toEqual({ term: 2, voteGranted: true });
    expect(raft.inspect?.()).toMatchObject({ role: 'follower', currentTerm: 2, votedFor: 'n3' });
  });
});

describe('votes while leases are in use (Raft dissertation §4.2.3, §6.4.1)', () => {
  it('are refused within the shortest election timeout of a leader’s message, and the term is ignored', async () => {
    const { host, rpc, raft } = await boot(new FakeDisk(), { clockDriftBound: 0 });
    await host.advance(350);
    await rpc.appendEntries(append(1, [0, 0]));
    await host.advance(299);
    expect(await rpc.requestVote(voteRequest(9))).toEqual({ term: 1, voteGranted: false });
    expect(raft.status().term).toBe(1);
    await host.advance(2);
    expect(await rpc.requestVote(voteRequest(9))).toEqual({ term: 9, voteGranted: true });
  });

  it('are refused just as long after a boot, for the leader may have been heard just before', async () => {
    const { host, rpc } = await boot(new FakeDisk(), { clockDriftBound: 0 });
    expect((await rpc.requestVote(voteRequest(1))).voteGranted).toBe(false);
    await host.advance(301);
    expect((await rpc.requestVote(voteRequest(1))).voteGranted).toBe(true);
  });

  it('are given as ever without leases', async () => {
    const { rpc } = await boot();
    await rpc.appendEntries(append(1, [0, 0]));
    expect(await rpc.requestVote(voteRequest(2))).toEqual({ term: 2, voteGranted: true });
  });
});

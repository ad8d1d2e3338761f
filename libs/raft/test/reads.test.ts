import { describe, expect, it } from 'vitest';
import { acknowledge, append, boot, elect, isPending } from './cluster-of-one.ts';
import type { Lone } from './cluster-of-one.ts';
import { FakeDisk, settle } from './fake-host.ts';

const readIndex = ({ raft }: Lone): Promise<number> =>
  raft.readIndex?.() ?? Promise.reject(new Error('no readIndex'));

/** A leader that has committed one entry of its term with `n2`. */
async function settled(clockDriftBound?: number): Promise<Lone> {
  const lone = await boot(new FakeDisk(), clockDriftBound === undefined ? {} : { clockDriftBound });
  await elect(lone);
  await acknowledge(lone, 'n2');
  lone.raft.start('a');
  await settle();
  await acknowledge(lone, 'n2');
  await lone.host.advance(20);
  await acknowledge(lone, 'n2');
  return lone;
}

describe('readIndex (Raft dissertation §6.4)', () => {
  it('is refused by a follower, and before an entry of the leader’s own term is committed', async () => {
    const lone = await boot();
    await expect(readIndex(lone)).rejects.toThrow('not the leader');
    await lone.rpc.appendEntries(append(1, [0, 0], [1], 1));
    await elect(lone);
    await acknowledge(lone, 'n2');
    await expect(readIndex(lone)).rejects.toThrow('not committed an entry of its term');
  });

  it('waits for a majority to answer calls that were sent after it', async () => {
    const lone = await settled();
    lone.host.take('appendEntries');
    await lone.host.advance(80);
    const before = lone.host.take('appendEntries').filter(({ to }) => to === 'n2');
    const read = readIndex(lone);
    for (const call of before) await call.answer({ term: 1, success: true });
    expect(await isPending(read)).toBe(true);
    await acknowledge(lone, 'n2');
    expect(await read).toBe(1);
  });

  it('shares a round of calls with the reads that come while the one before is under way', async () => {
    const lone = await settled();
    lone.host.take('appendEntries');
    const reads = [readIndex(lone)];
    await settle();
    for (let i = 0; i < 5; i++) {
      reads.push(readIndex(lone));
      await settle();
    }
    expect(await acknowledge(lone, 'n2')).toHaveLength(1);
    expect(await reads[0]).toBe(1);
    expect(await acknowledge(lone, 'n2')).toHaveLength(1);
    expect(await Promise.all(reads)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('is given up when leadership is lost', async () => {
    const lone = await settled();
    const read = readIndex(lone);
    const outcome = read.then(
      () => 'confirmed',
      (error: Error) => error.message,
    );
    await lone.rpc.appendEntries(append(7, [0, 0]));
    expect(await outcome).toContain('leadership was lost');
  });
});

describe('reads under a lease (Raft dissertation §6.4.1)', () => {
  it('need no message as long as a majority has answered lately', async () => {
    const lone = await settled(0.01);
    expect(lone.raft.leaseReadIndex?.()).toBe(1);
    await lone.host.advance(250);
    expect(lone.raft.leaseReadIndex?.()).toBe(1);
    await lone.host.advance(60);
    expect(lone.raft.leaseReadIndex?.()).toBeUndefined();
    await acknowledge(lone, 'n2');
    expect(lone.raft.leaseReadIndex?.()).toBe(1);
  });

  it('are refused unless the service has stated a bound for its clocks', async () => {
    const lone = await settled();
    expect(lone.raft.leaseReadIndex?.()).toBeUndefined();
  });
});

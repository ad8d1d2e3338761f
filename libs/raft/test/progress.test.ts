import { describe, expect, it } from 'vitest';
import { MAX_IN_FLIGHT, Progress } from '../src/progress.ts';
import { leaseMs, ReadQueue } from '../src/reads.ts';
import { logOf } from './histories.ts';

describe('what a leader knows of a follower (Raft §5.3)', () => {
  const leader = logOf(1, 1, 2, 2, 3, 3);
  /** The answer of a follower whose log ends at `index`. */
  const endsAt = (index: number) => logOf(...[1, 1, 2, 2, 3, 3].slice(0, index)).conflictAt(6);

  it('begins with the index after the leader’s last, and no match', () => {
    const progress = new Progress(6);
    expect([progress.nextIndex, progress.matchIndex]).toEqual([7, 0]);
  });

  it('moves on with what is sent, and matches what is answered', () => {
    const progress = new Progress(2);
    progress.sent(4, 0);
    expect([progress.nextIndex, progress.matchIndex]).toEqual([5, 0]);
    progress.matched(4);
    expect([progress.nextIndex, progress.matchIndex]).toEqual([5, 4]);
  });

  it('never takes a match back, in whatever order answers come', () => {
    const progress = new Progress(6);
    progress.matched(6);
    progress.matched(3);
    progress.refused(4, endsAt(2), leader);
    expect([progress.nextIndex, progress.matchIndex]).toEqual([7, 6]);
  });

  it('goes back to where the logs part, but not below the match', () => {
    const progress = new Progress(6);
    progress.matched(1);
    progress.refused(6, endsAt(3), leader);
    expect(progress.nextIndex).toBe(4);
    progress.refused(6, endsAt(0), leader);
    expect(progress.nextIndex).toBe(2);
  });

  it('goes back by one at least with every refusal', () => {
    const progress = new Progress(6);
    progress.refused(6, { index: 6, terms: [{ term: 3, index: 5 }] }, leader);
    expect(progress.nextIndex).toBe(6);
  });

  it('allows a follower that answers several messages at a time, and another one', () => {
    const progress = new Progress(6);
    const room = (): number => {
      let free = 0;
      for (; progress.hasRoom; free++) progress.inFlight++;
      progress.inFlight = 0;
      return free;
    };
    expect(room()).toBe(1);
    progress.matched(6);
    expect(room()).toBe(MAX_IN_FLIGHT);
    progress.unanswered();
    expect(room()).toBe(1);
  });
});

describe('reads that wait for a proof of leadership (Raft dissertation §6.4)', () => {
  it('are confirmed by calls that were sent after they began, and only by those', async () => {
    const reads = new ReadQueue();
    const settled: number[] = [];
    void reads.add(7, 3).then((index) => settled.push(index));
    void reads.add(8, 5).then((index) => settled.push(index));
    reads.confirm(3);
    await Promise.resolve();
    expect(settled).toEqual([]);
    reads.confirm(5);
    await Promise.resolve();
    expect(settled).toEqual([7]);
    expect(reads.isEmpty).toBe(false);
  });

  it('are rejected when leadership ends', async () => {
    const reads = new ReadQueue();
    const read = reads.add(7, 3);
    reads.rejectAll('lost');
    await expect(read).rejects.toThrow('lost');
    expect(reads.isEmpty).toBe(true);
  });
});

describe('a lease (Raft dissertation §6.4.1)', () => {
  it('is shorter than the shortest election timeout by what two clocks may differ', () => {
    expect(leaseMs(0)).toBe(300);
    const lease = leaseMs(0.01);
    // The leader's clock is slow and measures too little; a follower's is fast and its timeout is over early.
    expect(lease / (1 - 0.01)).toBeLessThanOrEqual(300 / (1 + 0.01));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Log } from '../src/log.ts';
import {
  committable,
  grantsVote,
  isUpToDate,
  majorityOf,
  nextIndexAfter,
  reachedByMajority,
} from '../src/rules.ts';
import { histories, lastShared, logOf } from './histories.ts';

describe('majorities', () => {
  it('any two of a cluster share a server', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), (size) => {
        expect(2 * majorityOf(size)).toBeGreaterThan(size);
        expect(2 * (majorityOf(size) - 1)).toBeLessThanOrEqual(size);
      }),
    );
  });

  it('have reached the largest value that so many servers have', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 7 }), (values) => {
        const reached = reachedByMajority(values);
        const countFrom = (bound: number): number => values.filter((value) => value >= bound).length;
        expect(countFrom(reached)).toBeGreaterThanOrEqual(majorityOf(values.length));
        expect(countFrom(reached + 1)).toBeLessThan(majorityOf(values.length));
      }),
    );
  });
});

const candidate = (lastLogTerm: number, lastLogIndex: number, term = 5, candidateId = 'n2') => ({
  term,
  candidateId,
  lastLogIndex,
  lastLogTerm,
});

describe('which log is up-to-date (Raft §5.4.1)', () => {
  const own = logOf(1, 2, 2);

  it.each([
    ['the later last term, even if shorter', candidate(3, 1), true],
    ['the earlier last term, even if longer', candidate(1, 9), false],
    ['the same last term, longer', candidate(2, 4), true],
    ['the same last term, shorter', candidate(2, 2), false],
    ['an equal log', candidate(2, 3), true],
  ])('%s', (_which, request, expected) => {
    expect(isUpToDate(request, own)).toBe(expected);
  });

  it('counts what a snapshot has replaced', () => {
    const compacted = logOf(1, 2, 2);
    compacted.compactTo(3, 2);
    expect(isUpToDate(candidate(2, 2), compacted)).toBe(false);
    expect(isUpToDate(candidate(2, 3), compacted)).toBe(true);
  });
});

describe('one vote a term (Raft §5.2; Figure 2, RequestVote)', () => {
  const voter = (votedFor: string | undefined) => ({ currentTerm: 5, votedFor, log: logOf(1) });

  it('goes to the first who asks', () => {
    expect(grantsVote(voter(undefined), candidate(1, 1))).toBe(true);
  });

  it('is confirmed to the same candidate, and refused to every other', () => {
    expect(grantsVote(voter('n2'), candidate(1, 1))).toBe(true);
    expect(grantsVote(voter('n3'), candidate(1, 1))).toBe(false);
  });

  it('is refused to a candidate of an earlier term, whoever it is', () => {
    expect(grantsVote(voter('n2'), candidate(9, 9, 4))).toBe(false);
    expect(grantsVote(voter(undefined), candidate(9, 9, 4))).toBe(false);
  });

  it('is refused to a log that is not up-to-date', () => {
    expect(grantsVote(voter(undefined), candidate(0, 0))).toBe(false);
  });
});

describe('what a leader may commit (Raft §5.4.2)', () => {
  it('is what a majority holds, its own log being one', () => {
    expect(committable([3, 3, 0], logOf(2, 2, 2), 2)).toBe(3);
    expect(committable([3, 1, 0], logOf(2, 2, 2), 2)).toBe(1);
    expect(committable([3, 2, 2, 1, 0], logOf(2, 2, 2), 2)).toBe(2);
  });

  it('is nothing of earlier terms by counting: Figure 8 (c)', () => {
    // S1 leads term 4 and has brought its entry of term 2 to a majority; S5 could still overwrite it.
    expect(committable([3, 2, 2, 1, 1], logOf(1, 2, 4), 4)).toBeUndefined();
  });

  it('takes earlier terms along with an entry of its own: Figure 8 (e)', () => {
    expect(committable([3, 3, 3, 1, 1], logOf(1, 2, 4), 4)).toBe(3);
  });

  it('is nothing of an empty log', () => {
    expect(committable([0, 0, 0], logOf(), 1)).toBeUndefined();
  });
});

describe('where two logs part (Raft §5.3, last paragraphs)', () => {
  it.each([
    ['a follower that is only behind', logOf(1, 1, 4, 4), logOf(1, 1), 3],
    ['a follower with a tail of its own', logOf(1, 1, 4, 4), logOf(1, 1, 2, 2, 3, 3), 3],
    ['a follower with more of a shared term', logOf(1, 1, 4, 4), logOf(1, 1, 1, 1), 3],
    ['a follower with less of a shared term', logOf(1, 1, 1, 4), logOf(1, 1, 3, 3), 3],
    ['logs with nothing in common', logOf(2, 2), logOf(1, 1, 1), 1],
    ['an empty follower', logOf(2, 2), logOf(), 1],
  ])('%s', (_which, leader, follower, expected) => {
    expect(nextIndexAfter(follower.conflictAt(leader.lastIndex), leader)).toBe(expected);
  });

  it('is found with one answer in every history with up to sixteen terms', () => {
    fc.assert(
      fc.property(histories, ([leader = [], follower = []]) => {
        const [own, other] = [new Log(0, 0, leader), new Log(0, 0, follower)];
        fc.pre(!other.matches(own.lastIndex, own.lastTerm));
        const shared = lastShared(leader, follower);
        expect(nextIndexAfter(other.conflictAt(own.lastIndex), own)).toBe(shared + 1);
      }),
    );
  });

  it('is never sought below a snapshot of the follower, nor lost above one', () => {
    fc.assert(
      fc.property(histories, fc.nat(9), ([leader = [], follower = []], cut) => {
        const [own, other] = [new Log(0, 0, leader), new Log(0, 0, follower)];
        const shared = lastShared(leader, follower);
        // Only what is committed is compacted, and that both have.
        const base = Math.min(cut, shared);
        other.compactTo(base, other.termAt(base) ?? 0);
        fc.pre(!other.matches(own.lastIndex, own.lastTerm));
        expect(nextIndexAfter(other.conflictAt(own.lastIndex), own)).toBe(shared + 1);
      }),
    );
  });

  it('takes some more answers when there are many more terms', () => {
    const follower = logOf(1, ...Array.from({ length: 50 }, (_, i) => i + 2));
    const leader = logOf(1, ...Array.from({ length: 60 }, () => 100));
    let next = leader.lastIndex + 1;
    let answers = 0;
    while (!follower.matches(next - 1, leader.termAt(next - 1) ?? 0)) {
      next = nextIndexAfter(follower.conflictAt(next - 1), leader);
      answers++;
    }
    expect(next).toBe(2);
    expect(answers).toBeLessThanOrEqual(5);
  });
});

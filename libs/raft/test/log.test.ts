import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Log } from '../src/log.ts';
import { entriesOf, histories, lastShared, logOf, termsOf } from './histories.ts';

describe('the consistency check (Raft §5.3)', () => {
  const log = logOf(1, 1, 2);

  it('holds before the first entry', () => {
    expect(log.matches(0, 0)).toBe(true);
  });

  it('holds where the term is the same, and nowhere else', () => {
    expect(log.matches(3, 2)).toBe(true);
    expect(log.matches(3, 1)).toBe(false);
    expect(log.matches(2, 2)).toBe(false);
  });

  it('fails beyond the end: there may be no hole', () => {
    expect(log.matches(4, 2)).toBe(false);
  });

  it('holds for everything that a snapshot has replaced, and at its last entry by term (§7)', () => {
    const compacted = logOf(1, 1, 2);
    compacted.compactTo(2, 1);
    expect(compacted.matches(1, 1)).toBe(true);
    expect(compacted.matches(2, 1)).toBe(true);
    expect(compacted.matches(2, 7)).toBe(false);
  });
});

describe('taking in entries (Raft Figure 2, AppendEntries rules 3 and 4)', () => {
  it('keeps what follows an old message, which may have been acknowledged since', () => {
    const log = logOf(1, 1, 1);
    expect(log.merge(0, entriesOf(logOf(1)))).toBeUndefined();
    expect(log.merge(1, [])).toBeUndefined();
    expect(termsOf(log)).toEqual([1, 1, 1]);
  });

  it('cuts from the first conflict on, and tells from where the log has changed', () => {
    const log = logOf(1, 1, 2, 2);
    expect(log.merge(1, entriesOf(logOf(1, 3)))).toBe(3);
    expect(termsOf(log)).toEqual([1, 1, 3]);
  });

  it('skips entries that a snapshot has replaced', () => {
    const log = logOf(1, 1, 1);
    log.compactTo(2, 1);
    expect(log.merge(0, entriesOf(logOf(1, 1, 1, 1)))).toBe(4);
    expect(log.lastIndex).toBe(4);
    expect(log.entryAt(2)).toBeUndefined();
  });

  it('gives the leader’s log up to the last entry sent, in whatever order and however often messages come', () => {
    const messages = fc.array(fc.record({ prev: fc.nat(20), count: fc.nat(6) }), { maxLength: 8 });
    fc.assert(
      fc.property(histories, messages, ([leader = [], follower = []], sent) => {
        const log = new Log(0, 0, follower);
        let known = 0;
        for (const { prev, count } of [{ prev: 0, count: 0 }, ...sent]) {
          if (!log.matches(prev, leader[prev - 1]?.term ?? 0) || prev > leader.length) continue;
          const entries = leader.slice(prev, prev + count);
          log.merge(prev, entries);
          known = Math.max(known, prev + entries.length);
          expect(lastShared(entriesOf(log), leader)).toBeGreaterThanOrEqual(known);
        }
      }),
    );
  });
});

describe('the log behind a snapshot (Raft §7)', () => {
  it('keeps what follows a snapshot of its own prefix', () => {
    const log = logOf(1, 1, 2, 3);
    log.compactTo(3, 2);
    expect(log.lastIncludedIndex).toBe(3);
    expect(log.lastIncludedTerm).toBe(2);
    expect(log.termAt(3)).toBe(2);
    expect(log.termAt(2)).toBeUndefined();
    expect(termsOf(log)).toEqual([3]);
  });

  it('goes as a whole when the snapshot’s last entry is another one, or beyond the end', () => {
    const conflicting = logOf(1, 1, 2);
    conflicting.compactTo(2, 3);
    expect(conflicting.lastIndex).toBe(2);
    expect(conflicting.lastTerm).toBe(3);
    const behind = logOf(1);
    behind.compactTo(9, 4);
    expect(behind.lastIndex).toBe(9);
    expect(behind.lastTerm).toBe(4);
  });

  it('can be compacted again, up to its very end, and goes on from there', () => {
    const log = logOf(1, 2, 3);
    log.compactTo(1, 1);
    log.compactTo(3, 3);
    expect(log.lastTerm).toBe(3);
    expect(log.append({ term: 4, command: 'x' })).toBe(4);
    expect(log.entryAt(4)).toEqual({ term: 4, command: 'x' });
  });
});

describe('a batch of entries', () => {
  const log = new Log(0, 0, [
    { term: 1, command: 'a'.repeat(100) },
    { term: 1, command: 'b'.repeat(100) },
    { term: 1, command: 'c'.repeat(5000) },
  ]);

  it('ends before it would be too large', () => {
    expect(log.entriesFrom(1, 150)).toHaveLength(1);
    expect(log.entriesFrom(1, 250)).toHaveLength(2);
    expect(log.entriesFrom(1, 1_000_000)).toHaveLength(3);
  });

  it('has an entry at least, or the follower would never get it', () => {
    expect(log.entriesFrom(1, 10)).toHaveLength(1);
    expect(log.entriesFrom(3, 10)).toHaveLength(1);
  });

  it('is empty at the end', () => {
    expect(log.entriesFrom(4, 10)).toEqual([]);
  });
});

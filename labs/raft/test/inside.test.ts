import { describe, expect, it } from 'vitest';
import { logCompleteness, logMatching, ownState } from '../judges/inside.ts';
import type { Inspected } from '../src/seen.ts';
import { verdictOf } from './sequence.ts';
import type { Row } from './sequence.ts';

let sequence = 0;

/** A log as `term:command` words; entries are numbered from 1, or from behind the snapshot. */
function inspected(
  node: string,
  words: string,
  state: Partial<Inspected> & { readonly boot?: number } = {},
): Row {
  const { boot = 1, ...rest } = state;
  const base = rest.lastIncludedIndex ?? 0;
  const entries = words
    .split(' ')
    .filter((word) => word !== '')
    .map((word, i) => {
      const [term = '', command = ''] = word.split(':');
      return { index: base + i + 1, term: Number(term), command };
    });
  const seen: Inspected = {
    kind: 'inspected',
    role: 'follower',
    currentTerm: 9,
    commitIndex: base,
    lastIncludedIndex: base,
    lastIncludedTerm: 0,
    lastIndex: base + entries.length,
    entries,
    ...rest,
  };
  sequence++;
  return { seen, moment: { node, boot, atMs: sequence, sequence } };
}

describe('log matching (Raft, Figure 3)', () => {
  const verdict = (...rows: Row[]) => verdictOf(logMatching(), rows);

  it('lets logs differ where terms do', () => {
    expect(
      verdict(inspected('n1', '1:a 2:b'), inspected('n2', '1:a 3:c'), inspected('n1', '1:a 3:c')),
    ).toBeUndefined();
  });

  it('fires on two commands at the same index of the same term', () => {
    const violation = verdict(inspected('n1', '1:a 2:b'), inspected('n2', '1:a 2:c'));
    expect(violation?.message).toContain('at index 2, both of term 2');
  });

  it('fires when the same entry has different entries before it', () => {
    const violation = verdict(inspected('n1', '1:a 3:c'), inspected('n2', '2:b 3:c'));
    expect(violation?.message).toContain('but before it entries of terms 2 and 1');
  });

  it('is only told what has changed, and remembers the rest', () => {
    const changed = inspected('n1', '', { lastIndex: 3, entries: [{ index: 3, term: 2, command: 'c' }] });
    const rows = [inspected('n1', '1:a 1:b'), changed, inspected('n2', '1:a 1:b 2:c')];
    expect(verdict(...rows)).toBeUndefined();
  });
});

describe('leader completeness, inside (Raft, Figure 3)', () => {
  const verdict = (...rows: Row[]) => verdictOf(logCompleteness(), rows);
  const committed = inspected('n1', '1:a 1:b', { currentTerm: 1, commitIndex: 2 });

  it('accepts a leader that holds what is committed, or has it in a snapshot', () => {
    const holding = inspected('n2', '1:a 1:b', { role: 'leader', currentTerm: 2 });
    const compacted = inspected('n2', '', {
      role: 'leader',
      currentTerm: 2,
      lastIncludedIndex: 2,
      lastIncludedTerm: 1,
    });
    expect(verdict(committed, holding)).toBeUndefined();
    expect(verdict(committed, compacted)).toBeUndefined();
  });

  it('fires on a new leader that lacks a committed entry', () => {
    const violation = verdict(committed, inspected('n2', '1:a', { role: 'leader', currentTerm: 2 }));
    expect(violation?.message).toContain('without the entry at index 2');
  });

  it('forgives a leader of the same term or an earlier one', () => {
    expect(verdict(committed, inspected('n2', '', { role: 'leader', currentTerm: 1 }))).toBeUndefined();
  });
});

describe('a server’s own state (Raft, Figure 2)', () => {
  const verdict = (...rows: Row[]) => verdictOf(ownState(), rows);

  it('fires on a second vote in a term, in one boot', () => {
    const first = inspected('n1', '', { currentTerm: 2, votedFor: 'n2' });
    expect(verdict(first, inspected('n1', '', { currentTerm: 2, votedFor: 'n3' }))?.message).toContain(
      'and now for n3',
    );
    expect(verdict(first, inspected('n1', '', { currentTerm: 3, votedFor: 'n3' }))).toBeUndefined();
  });

  it('fires on a commit index that goes back, or beyond the log', () => {
    const rows = [
      inspected('n1', '1:a 1:b', { commitIndex: 2 }),
      inspected('n1', '1:a 1:b', { commitIndex: 1 }),
    ];
    expect(verdict(...rows)?.message).toContain('went back from 2 to 1');
    expect(verdict(inspected('n1', '1:a', { commitIndex: 2 }))?.message).toContain('its log ends at 1');
  });

  it('lets a restarted server begin with commit index 0', () => {
    const rows = [
      inspected('n1', '1:a', { commitIndex: 1 }),
      inspected('n1', '1:a', { commitIndex: 0, boot: 2 }),
    ];
    expect(verdict(...rows)).toBeUndefined();
  });

  it('never decides a verdict', () => {
    expect([logMatching(), logCompleteness(), ownState()].every((judge) => judge.advisory === true)).toBe(
      true,
    );
  });
});

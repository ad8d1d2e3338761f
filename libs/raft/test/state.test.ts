import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PersistentState, readStored } from '../src/state.ts';
import type { Batch } from '../src/state.ts';
import { FakeDisk } from './fake-host.ts';

const fresh = (): PersistentState =>
  new PersistentState({ vote: undefined, snapshot: undefined, entries: [] });
const entry = (term: number, command: unknown = 'x') => ({ term, command });

/** Everything that a state remembers, for comparison. */
function summary(state: PersistentState) {
  const { currentTerm, votedFor, snapshot, log } = state;
  return { currentTerm, votedFor, snapshot, entries: log.entriesFrom(log.lastIncludedIndex + 1, Infinity) };
}

async function reload(disk: FakeDisk): Promise<PersistentState> {
  return new PersistentState(await readStored(disk));
}

/** One change of a state; the numbers are brought into what Raft would do with it. */
type Change = readonly [kind: 'term' | 'vote' | 'append' | 'merge' | 'snapshot' | 'install', n: number];

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.tuple(
    fc.constantFrom(
      'term' as const,
      'vote' as const,
      'append' as const,
      'merge' as const,
      'snapshot' as const,
      'install' as const,
    ),
    fc.nat(12),
  ),
  { maxLength: 6 },
);

function change(state: PersistentState, [kind, n]: Change): void {
  const { log, currentTerm } = state;
  const within = log.lastIncludedIndex + (n % (log.lastIndex - log.lastIncludedIndex + 1));
  if (kind === 'term') state.enterTerm(currentTerm + 1);
  else if (kind === 'vote') state.voteFor(`n${n}`);
  else if (kind === 'append') state.append(entry(currentTerm, n));
  else if (kind === 'merge')
    state.merge(
      within,
      Array.from({ length: n % 4 }, () => entry(currentTerm, `m${n}`)),
    );
  else {
    const index = kind === 'snapshot' ? within : log.lastIndex + n;
    if (index <= log.lastIncludedIndex) return;
    state.install({ lastIncludedIndex: index, lastIncludedTerm: log.termAt(index) ?? currentTerm, data: n });
  }
}

describe('the persistent state (Raft Figure 2)', () => {
  it('comes back from the disk as it was when the last batch was taken', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { maxLength: 6 }), async (rounds) => {
        const disk = new FakeDisk();
        const state = fresh();
        for (const round of rounds) {
          for (const one of round) change(state, one);
          const batch = state.takeBatch();
          const then = summary(state);
          await disk.write(batch.names);
          state.confirm(batch);
          expect(summary(await reload(disk))).toEqual(then);
        }
      }),
    );
  });

  it('comes back right although the fate of some batches is unknown', async () => {
    const fates = fc.array(fc.tuple(changes, fc.constantFrom('confirmed', 'failed', 'failed but written')), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(fates, async (rounds) => {
        const disk = new FakeDisk();
        const state = fresh();
        for (const [round, fate] of rounds) {
          for (const one of round) change(state, one);
          const batch = state.takeBatch();
          const then = summary(state);
          if (fate !== 'failed') await disk.write(batch.names);
          if (fate === 'confirmed') state.confirm(batch);
          else state.doubt();
          const now = summary(await reload(disk));
          expect(fate === 'confirmed' ? now : then).toEqual(then);
        }
      }),
    );
  });

  it('deletes again what a failed batch was to delete', () => {
    const state = fresh();
    for (const command of ['a', 'b', 'c']) state.append(entry(1, command));
    state.confirm(state.takeBatch());
    state.install({ lastIncludedIndex: 1, lastIncludedTerm: 1, data: 'a' });
    state.takeBatch();
    state.doubt();
    expect(state.takeBatch().names).toHaveProperty('log/1', undefined);

    const cut = fresh();
    for (const command of ['a', 'b', 'c']) cut.append(entry(1, command));
    cut.takeBatch();
    cut.doubt();
    cut.merge(1, [entry(2, 'B')]);
    expect(cut.takeBatch().names).toHaveProperty('log/3', undefined);
  });

  it('is changed until a batch is taken', () => {
    const state = fresh();
    expect(state.isChanged).toBe(false);
    state.enterTerm(1);
    expect(state.isChanged).toBe(true);
    state.takeBatch();
    expect(state.isChanged).toBe(false);
  });

  it('writes term and vote together, and an entry once', () => {
    const state = fresh();
    state.enterTerm(3);
    state.voteFor('n2');
    state.append(entry(3, 'a'));
    expect(state.takeBatch().names).toEqual({ vote: { currentTerm: 3, votedFor: 'n2' }, 'log/1': [3, 'a'] });
    state.append(entry(3, 'b'));
    expect(state.takeBatch().names).toEqual({ 'log/2': [3, 'b'] });
  });

  it('deletes what was cut in the batch that writes what took its place', () => {
    const state = fresh();
    for (const command of ['a', 'b', 'c']) state.append(entry(1, command));
    state.confirm(state.takeBatch());
    state.merge(1, [entry(2, 'B')]);
    expect(state.takeBatch().names).toEqual({ 'log/2': [2, 'B'], 'log/3': undefined });
  });

  it('replaces entries by their snapshot in one batch (Raft §7)', () => {
    const state = fresh();
    for (const command of ['a', 'b', 'c']) state.append(entry(1, command));
    state.confirm(state.takeBatch());
    const snapshot = { lastIncludedIndex: 2, lastIncludedTerm: 1, data: 'ab' };
    state.install(snapshot);
    expect(state.takeBatch().names).toEqual({ snapshot, 'log/1': undefined, 'log/2': undefined });
  });
});

describe('a disk with a hole in the log', () => {
  it('is refused: no order of writes and crashes leaves one', () => {
    const entries = [['log/3', [1, 'c']]] as const;
    expect(() => new PersistentState({ vote: undefined, snapshot: undefined, entries })).toThrow(
      'lacks entry 1',
    );
  });
});

describe('how far the disk vouches for the log', () => {
  function written(state: PersistentState): Batch {
    const batch = state.takeBatch();
    state.confirm(batch);
    return batch;
  }

  it('is as far as batches were confirmed', () => {
    const state = fresh();
    state.append(entry(1));
    const batch = state.takeBatch();
    state.append(entry(1));
    expect(state.durableIndex).toBe(0);
    state.confirm(batch);
    expect(state.durableIndex).toBe(1);
    written(state);
    expect(state.durableIndex).toBe(2);
  });

  it('ends where the log was cut while the batch was under way', () => {
    const state = fresh();
    for (let i = 0; i < 3; i++) state.append(entry(1));
    const batch = state.takeBatch();
    state.merge(1, [entry(2), entry(2)]);
    state.confirm(batch);
    expect(state.durableIndex).toBeLessThanOrEqual(1);
    written(state);
    expect(state.durableIndex).toBe(3);
  });

  it('is the whole log after a boot', async () => {
    const disk = new FakeDisk();
    const state = fresh();
    for (let i = 0; i < 12; i++) state.append(entry(1, i));
    await disk.write(written(state).names);
    const booted = await reload(disk);
    expect(booted.durableIndex).toBe(12);
    expect(booted.log.entryAt(11)?.command).toBe(10);
  });
});

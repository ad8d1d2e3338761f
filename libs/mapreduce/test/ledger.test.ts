import { describe, expect, it } from 'vitest';
import { Ledger } from '../src/ledger.ts';
import type { MappedReport } from '../src/messages.ts';
import { Suspicion } from '../src/suspicion.ts';

const options = { backupTasks: true, skipBadRecords: false };

function ledger(maps: number, reduces: number, committed: readonly number[] = []): Ledger {
  const splits = Array.from({ length: maps }, (_, i) => ({ path: 'in', start: i * 10, end: i * 10 + 10 }));
  return new Ledger(splits, reduces, new Set(committed), options);
}

/** Gives the next task to a worker, and says which it is. */
function assign(book: Ledger, worker: string, id: string, now = 0): string | undefined {
  const choice = book.choose(worker, now);
  if (choice === undefined) return undefined;
  book.begin(choice, { id, worker, startedAt: now });
  return `${choice.kind} ${choice.task.index}`;
}

const mapped = (task: number, attempt: string, records = 1): MappedReport => ({
  kind: 'mapped',
  task,
  attempt,
  file: attempt,
  runs: [[0, 5, 9]],
  counters: { records },
  skipped: 0,
});

describe('the ledger', () => {
  it('gives out map tasks, and reduce tasks only when all of them are done', () => {
    const book = ledger(2, 1);
    expect([assign(book, 'n1', 'a'), assign(book, 'n2', 'b'), assign(book, 'n3', 'c')]).toEqual([
      'map 0',
      'map 1',
      undefined,
    ]);
    book.settle(mapped(0, 'a'), 'n1', 5);
    expect(assign(book, 'n1', 'd')).toBeUndefined();
    book.settle(mapped(1, 'b'), 'n2', 5);
    expect(assign(book, 'n1', 'e')).toBe('reduce 0');
  });

  it('does again what was on a lost disk, and counts it once', () => {
    const book = ledger(2, 1);
    assign(book, 'n1', 'a');
    assign(book, 'n1', 'b');
    book.settle(mapped(0, 'a', 3), 'n1', 5);
    book.settle(mapped(1, 'b', 4), 'n2', 5);
    book.lose('n1');
    expect(book.progress(1)).toMatchObject({ map: { done: 1 }, counters: { records: 7 } });
    expect(assign(book, 'n2', 'c')).toBe('map 0');
    book.settle(mapped(0, 'c', 3), 'n2', 9);
    expect(book.progress(1)).toMatchObject({ map: { done: 2 }, counters: { records: 7 } });
  });

  it('ignores what is reported of a task that is done', () => {
    const book = ledger(1, 2);
    assign(book, 'n1', 'a');
    book.settle(mapped(0, 'a', 3), 'n1', 5);
    book.settle(mapped(0, 'z', 9), 'n2', 6);
    expect(book.progress(2)).toMatchObject({ map: { done: 1 }, counters: { records: 3 } });
    const choice = book.choose('n1', 6);
    if (choice === undefined) throw new Error('there is a reduce task to do');
    expect(book.sources(choice.task)).toEqual([
      { map: 0, attempt: 'a', node: 'n1', file: 'a', ranges: [{ offset: 0, length: 5 }] },
    ]);
  });

  it('begins a backup when a task takes twice as long as others, on another worker, and once', () => {
    const book = ledger(3, 1);
    for (const [i, id] of ['a', 'b', 'c'].entries()) assign(book, `n${i + 1}`, id, 0);
    book.settle(mapped(0, 'a'), 'n1', 2_000);
    book.settle(mapped(1, 'b'), 'n2', 2_000);
    expect(assign(book, 'n1', 'd', 3_900)).toBeUndefined();
    expect(assign(book, 'n3', 'd', 4_100)).toBeUndefined();
    expect(assign(book, 'n1', 'd', 4_100)).toBe('map 2');
    expect(assign(book, 'n2', 'e', 9_000)).toBeUndefined();
    expect(book.progress(3).map).toMatchObject({ attempts: 4, backups: 1 });
  });

  it('knows outputs that are committed already', () => {
    const book = ledger(0, 3, [0, 2]);
    expect(assign(book, 'n1', 'a')).toBe('reduce 1');
    book.settle({ kind: 'reduced', task: 1, attempt: 'a', counters: {}, skipped: 0 }, 'n1', 1);
    expect(book.progress(1).state).toBe('succeeded');
  });

  it('fails the job when the application has thrown four times on a task', () => {
    const book = ledger(1, 1);
    for (const attempt of ['a', 'b', 'c', 'd']) {
      expect(book.isOver).toBe(false);
      assign(book, 'n1', attempt);
      book.settle({ kind: 'failed', phase: 'map', task: 0, attempt, message: 'no', record: 7 }, 'n1', 1);
    }
    expect(book.progress(1)).toMatchObject({
      state: 'failed',
      failure: 'map task 0 failed too often on record 7: no',
    });
  });
});

describe('suspicion', () => {
  it('falls on the one that most complaints are about, for a while, and not on the last one there is', () => {
    const suspicion = new Suspicion();
    suspicion.complain('n2', 'n1', 0);
    expect(suspicion.isShunned('n1', ['n2', 'n3'], 1)).toBe(false);
    suspicion.complain('n3', 'n1', 5);
    expect(suspicion.isShunned('n1', ['n2', 'n3'], 6)).toBe(true);
    expect(suspicion.isShunned('n2', ['n1', 'n3'], 6)).toBe(false);
    expect(suspicion.isShunned('n1', [], 6)).toBe(false);
    expect(suspicion.isShunned('n1', ['n2', 'n3'], 60_000)).toBe(false);
  });
});

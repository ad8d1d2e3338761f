import { describe, expect, it } from 'vitest';
import { applyOrder } from '../judges/apply-order.ts';
import { contract } from '../judges/contract.ts';
import { electionSafety } from '../judges/election-safety.ts';
import { leaderCompleteness } from '../judges/leader-completeness.ts';
import { stateMachineSafety } from '../judges/state-machine-safety.ts';
import { termMonotonicity } from '../judges/term-monotonicity.ts';
import { validity } from '../judges/validity.ts';
import { applied, offered, proposed, refused, restored, status, verdictOf, won } from './sequence.ts';
import type { Row } from './sequence.ts';

describe('election safety (Raft, Figure 3)', () => {
  const verdict = (...rows: Row[]) => verdictOf(electionSafety(), rows);

  it('stays silent while every term has one leader', () => {
    const rows = [
      won('n1', 1),
      status('n1', 1, { isLeader: true }),
      status('n2', 1),
      proposed('n1', 'a#1', { index: 1, term: 1 }),
      status('n1', 1, { isLeader: true, applied: 1 }),
      won('n2', 2),
      status('n1', 2),
      won('n1', 3),
      won('n1', 5, { boot: 2 }),
    ];
    expect(verdict(...rows)).toBeUndefined();
  });

  it('names the second server that claims a term, however it does', () => {
    const claims = [
      won('n2', 1),
      status('n2', 1, { isLeader: true }),
      proposed('n2', 'a#1', { index: 1, term: 1 }),
    ];
    for (const claim of claims) {
      const violation = verdict(status('n1', 1, { isLeader: true }), claim);
      expect(violation).toMatchObject({ kind: 'safety', property: 'election safety', node: 'n2' });
      expect(violation?.message).toContain('n1 has led since');
    }
  });

  it('counts a server after its restart as another leader', () => {
    const violation = verdict(won('n1', 4), won('n1', 4, { boot: 2 }));
    expect(violation?.message).toContain('n1 leads term 4 again after a restart');
  });
});

describe('term monotonicity (Raft §5.1)', () => {
  const verdict = (...rows: Row[]) => verdictOf(termMonotonicity(), rows);

  it('lets terms grow, each server at its own pace', () => {
    expect(
      verdict(status('n1', 0), status('n1', 3), status('n2', 1), status('n1', 3), status('n1', 4)),
    ).toBeUndefined();
  });

  it('fires when a term goes back in one boot', () => {
    const violation = verdict(status('n1', 3), status('n1', 2));
    expect(violation).toMatchObject({ property: 'term monotonicity', node: 'n1' });
    expect(violation?.message).toContain('from term 3 to term 2');
  });

  it('allows a crash to undo a term that the server has only heard of', () => {
    expect(verdict(status('n1', 2), status('n1', 9), status('n1', 2, { boot: 2 }))).toBeUndefined();
  });

  it('fires when a server forgets a term that it has led', () => {
    for (const led of [
      status('n1', 9, { isLeader: true }),
      won('n1', 9),
      proposed('n1', 'a#1', { index: 1, term: 9 }),
    ]) {
      expect(verdict(led, status('n1', 2, { boot: 2 }))?.message).toContain('though it has led term 9');
      expect(verdict(led, status('n1', 2, { boot: 3 }))?.message).toContain('not on its disk');
      expect(verdict(led, status('n1', 9, { boot: 2 }))).toBeUndefined();
    }
  });

  it('fires when a server is in an earlier term than an entry that it applied', () => {
    expect(verdict(applied('n1', 1, 'a#1', { term: 5 }), status('n1', 5))).toBeUndefined();
    expect(verdict(applied('n1', 1, 'a#1', { term: 5 }), status('n1', 4))?.message).toContain(
      'an entry of term 5',
    );
    expect(verdict(restored('n1', 1, ['a#1'], { term: 5 }), status('n1', 4))?.message).toContain(
      'an entry of term 5',
    );
    expect(verdict(applied('n1', 1, 'a#1', { term: 5 }), status('n1', 4, { boot: 2 }))).toBeUndefined();
  });
});

describe('state machine safety (Raft, Figure 3)', () => {
  const verdict = (...rows: Row[]) => verdictOf(stateMachineSafety(), rows);

  it('stays silent while all apply the same, also again after restarts', () => {
    const rows = [
      applied('n1', 1, 'a#1'),
      applied('n2', 1, 'a#1'),
      applied('n1', 2, 'b#2', { term: 3 }),
      applied('n1', 1, 'a#1', { boot: 2 }),
      applied('n3', 1, 'a#1'),
      applied('n3', 2, 'b#2', { term: 3 }),
    ];
    expect(verdict(...rows)).toBeUndefined();
  });

  it('fires when two servers apply different commands at one index', () => {
    const violation = verdict(applied('n1', 1, 'a#1', { atMs: 12.34 }), applied('n2', 1, 'b#2'));
    expect(violation).toMatchObject({ kind: 'safety', property: 'state machine safety', node: 'n2' });
    expect(violation?.message).toBe('n2 applies "b" at index 1, but n1 applied "a" there at 12.3 ms');
  });

  it('says that a committed entry was lost when its first server has restarted since', () => {
    const violation = verdict(applied('n1', 1, 'a#1'), applied('n1', 1, 'b#2', { boot: 2 }));
    expect(violation?.message).toContain('has restarted since): a committed entry was lost');
  });

  it('fires when the same command comes with another term', () => {
    const violation = verdict(applied('n1', 1, 'a#1', { term: 1 }), applied('n2', 1, 'a#1', { term: 2 }));
    expect(violation?.message).toContain('as an entry of term 2');
  });

  it('holds a snapshot against what it replaces', () => {
    const log = [applied('n1', 1, 'a#1'), applied('n1', 2, 'b#2', { term: 2 })];
    expect(verdict(...log, restored('n2', 2, ['a#1', 'b#2'], { term: 2 }))).toBeUndefined();
    expect(verdict(...log, restored('n2', 2, ['a#1', 'c#3'], { term: 2 }))?.message).toContain(
      '"c" at index 2',
    );
    expect(verdict(...log, restored('n2', 2, ['a#1', 'b#2'], { term: 1 }))?.message).toContain(
      'is of term 2',
    );
    expect(verdict(...log, restored('n2', 2, ['a#1'], { term: 2 }))?.message).toContain('made for index 2');
    const other = restored('n2', 2, ['a#1'], { data: { lastIncludedIndex: 1 } });
    expect(verdict(...log, other)?.message).toContain(
      'a snapshot for index 2 that the service made for index 1',
    );
    expect(verdict(restored('n2', 1, ['a#1']))?.message).toContain('nobody has applied index 1');
  });
});

describe('apply order (Raft §5.3, §7)', () => {
  const verdict = (...rows: Row[]) => verdictOf(applyOrder(), rows);

  it('follows each server and boot from index 1, or from its snapshot', () => {
    const rows = [
      applied('n1', 1, 'a#1'),
      applied('n1', 2, 'b#2'),
      applied('n2', 1, 'a#1'),
      restored('n1', 9, [], { boot: 2 }),
      applied('n1', 10, 'c#3', { boot: 2 }),
      restored('n1', 19, [], { boot: 2 }),
      restored('n1', 19, [], { boot: 2 }),
      applied('n1', 20, 'd#4', { boot: 2 }),
    ];
    expect(verdict(...rows)).toBeUndefined();
  });

  it('fires on a gap', () => {
    expect(verdict(applied('n1', 2, 'b#2'))?.message).toContain(
      'as its first entry; index 1 has to come next',
    );
    expect(verdict(applied('n1', 1, 'a#1'), applied('n1', 3, 'c#3'))?.message).toContain(
      'right after index 1',
    );
    expect(verdict(restored('n1', 9, []), applied('n1', 11, 'c#3'))?.message).toContain(
      'index 10 has to come next',
    );
  });

  it('fires on an entry that is applied again', () => {
    expect(verdict(applied('n1', 1, 'a#1'), applied('n1', 1, 'a#1'))?.message).toContain('index 1 twice');
    const back = verdict(applied('n1', 1, 'a#1'), applied('n1', 2, 'b#2'), applied('n1', 1, 'a#1'));
    expect(back?.message).toContain('again, after index 2');
  });

  it('fires when a snapshot takes the service back', () => {
    const rows = [restored('n1', 9, []), applied('n1', 10, 'a#1'), restored('n1', 9, [])];
    expect(verdict(...rows)).toMatchObject({ property: 'apply order', node: 'n1' });
  });

  it('fires when terms decrease along the log', () => {
    const violation = verdict(applied('n1', 1, 'a#1', { term: 3 }), applied('n1', 2, 'b#2', { term: 2 }));
    expect(violation?.message).toContain('terms never decrease');
  });
});

describe('validity (Raft §5.3)', () => {
  const three = { servers: ['n1', 'n2', 'n3'] };
  const verdict = (...rows: Row[]) => verdictOf(validity(three), rows);
  const place = { index: 1, term: 1 };

  it('accepts what was proposed, where it was, after a round trip', () => {
    const rows = [
      offered('n1', 'a#1', { atMs: 10 }),
      proposed('n1', 'a#1', place, { atMs: 10 }),
      applied('n1', 1, 'a#1', { atMs: 10.1 }),
      applied('n2', 1, 'a#1', { atMs: 10.05 }),
    ];
    expect(verdict(...rows)).toBeUndefined();
  });

  it('fires on a command that nobody has proposed', () => {
    expect(verdict(applied('n1', 1, 'a#1'))?.message).toBe(
      'n1 applies "a" at index 1, which nobody has proposed; Raft adds no entries of its own',
    );
  });

  it('fires on a command that start() refused', () => {
    const violation = verdict(offered('n2', 'a#1'), refused('n2', 'a#1'), applied('n1', 1, 'a#1'));
    expect(violation?.message).toContain('start() on n2 said that it was not the leader');
  });

  it('allows anything for a command whose server died in the call', () => {
    expect(verdict(offered('n1', 'a#1'), applied('n2', 7, 'a#1', { term: 3 }))).toBeUndefined();
  });

  it('fires on a command at another place than start() answered', () => {
    const rows = [offered('n1', 'a#1'), proposed('n1', 'a#1', place)];
    expect(verdict(...rows, applied('n2', 2, 'a#1'))?.message).toContain('had answered index 1 in term 1');
    expect(verdict(...rows, applied('n2', 1, 'a#1', { term: 2 }))?.message).toContain(
      'had answered index 1 in term 1',
    );
  });

  it('fires on a command that is applied before any message could have told of it', () => {
    const rows = [offered('n1', 'a#1', { atMs: 10 }), proposed('n1', 'a#1', place, { atMs: 10 })];
    const own = verdict(...rows, applied('n1', 1, 'a#1', { atMs: 10.099 }));
    expect(own?.message).toContain('before any other server could have stored it');
    const other = verdict(...rows, applied('n2', 1, 'a#1', { atMs: 10.049 }));
    expect(other?.message).toContain('before it could have heard of it');
  });

  it('lets a cluster of one commit at once', () => {
    const rows = [offered('n1', 'a#1', { atMs: 10 }), applied('n1', 1, 'a#1', { atMs: 10 })];
    expect(verdictOf(validity({ servers: ['n1'] }), rows)).toBeUndefined();
  });
});

describe('leader completeness, seen from outside (Raft, Figure 3)', () => {
  const verdict = (...rows: Row[]) => verdictOf(leaderCompleteness(), rows);

  it('lets leaders append behind what is applied', () => {
    const rows = [
      proposed('n1', 'a#1', { index: 1, term: 1 }),
      proposed('n1', 'b#2', { index: 2, term: 1 }),
      status('n1', 1, { isLeader: true, applied: 1 }),
      status('n2', 1, { applied: 1 }),
      // Index 2 was not applied by anybody, so the next leader may not have it.
      proposed('n2', 'c#3', { index: 2, term: 2 }),
    ];
    expect(verdict(...rows)).toBeUndefined();
  });

  it('fires when a later leader puts a command where another was applied', () => {
    const rows = [status('n1', 1, { applied: 2 }), proposed('n2', 'c#3', { index: 2, term: 2 })];
    expect(verdict(...rows)).toMatchObject({ property: 'leader completeness', node: 'n2' });
    const further = [status('n1', 1, { applied: 5 }), proposed('n2', 'c#3', { index: 2, term: 2 })];
    expect(verdict(...further)?.message).toContain('n1 has applied index 2 already (in term 1)');
  });

  it('takes the lowest term in which an index was applied, from whichever server', () => {
    const rows = [
      status('n1', 9, { applied: 1 }),
      status('n2', 3, { applied: 1 }),
      proposed('n3', 'c#3', { index: 1, term: 4 }),
    ];
    expect(verdict(...rows)?.message).toContain('n2 has applied index 1');
  });

  it('forgives a leader of an earlier term, who need not know what later ones commit', () => {
    expect(
      verdict(status('n1', 4, { applied: 1 }), proposed('n2', 'a#1', { index: 1, term: 3 })),
    ).toBeUndefined();
  });

  it('looks at all that a restarted server has applied again', () => {
    const rows = [
      status('n1', 1, { applied: 3 }),
      status('n1', 1, { applied: 0, boot: 2 }),
      proposed('n1', 'c#3', { index: 3, term: 2 }, { boot: 2 }),
    ];
    expect(verdict(...rows)).toMatchObject({ property: 'leader completeness' });
  });

  it('fires as append-only when one leadership goes back, and as the contract when it leaves a gap', () => {
    const first = proposed('n1', 'a#1', { index: 1, term: 1 });
    expect(verdict(first, proposed('n1', 'b#2', { index: 1, term: 1 }))).toMatchObject({
      property: 'leader append-only',
      message: expect.stringContaining('has given out index 1 before: a leader only appends') as string,
    });
    expect(verdict(first, proposed('n1', 'b#2', { index: 3, term: 1 }))).toMatchObject({
      property: 'contract',
      message: expect.stringContaining('Raft adds no entries of its own') as string,
    });
    expect(verdict(first, proposed('n1', 'b#2', { index: 1, term: 5 }))).toBeUndefined();
  });
});

describe('the contract', () => {
  const verdict = (...rows: Row[]) => verdictOf(contract(), rows);

  it('stays silent while a server’s words agree', () => {
    const rows = [
      won('n1', 1),
      proposed('n1', 'a#1', { index: 1, term: 1 }),
      status('n1', 1, { isLeader: true, hint: 'n1' }),
      status('n2', 1, { hint: 'n1' }),
      won('n1', 2),
      won('n1', 2, { boot: 2 }),
    ];
    expect(verdict(...rows)).toBeUndefined();
  });

  it('fires on misuse, with the sentence that says what it is', () => {
    const { moment } = won('n1', 1);
    expect(verdict({ seen: { kind: 'misused', what: 'start() answered {}' }, moment })?.message).toBe(
      'n1: start() answered {}',
    );
  });

  it('fires when a server accepts a command and says that it does not lead', () => {
    const where = { status: { term: 1, isLeader: false } };
    const violation = verdict(proposed('n1', 'a#1', { index: 1, term: 1 }, where));
    expect(violation?.message).toContain('it leads nobody in term 1');
    const other = verdict(
      proposed('n1', 'a#1', { index: 1, term: 1 }, { status: { term: 2, isLeader: true } }),
    );
    expect(other?.message).toContain('it leads term 2');
  });

  it('fires when a leader names another one', () => {
    expect(verdict(status('n1', 1, { isLeader: true, hint: 'n2' }))?.message).toContain('and that n2 does');
  });

  it('fires when onLeader is called twice for one term', () => {
    expect(verdict(won('n1', 1), won('n1', 2), won('n1', 1))?.message).toContain('onLeader(1) twice');
  });
});

import { NO_GROUP, SHARDS } from '@lockstep/api';
import type { ShardConfiguration } from '@lockstep/api';
import type { Moment, Violation } from '@lockstep/test-harness/suite';
import { describe, expect, it } from 'vitest';
import { complaintAbout } from '../judges/assignment.ts';
import { conservation } from '../judges/conservation.ts';
import { configurations } from '../judges/configurations.ts';
import { ACCOUNTS, TOTAL } from '../src/accounts.ts';
import type { Administered, Administration, ShardSeen } from '../src/seen.ts';

/** A configuration in which the groups own what is said, in order: `owners(4, 'aaa')`. */
function configuration(number: number, shards: readonly number[]): ShardConfiguration {
  const ids = [...new Set(shards)].filter((id) => id !== NO_GROUP);
  return { number, shards, groups: Object.fromEntries(ids.map((id) => [`${id}`, [`g${id}`]])) };
}

/** Shards of groups 1, 2, … that have so many each. */
function owned(...counts: readonly number[]): number[] {
  return counts.flatMap((count, place) => Array.from({ length: count }, () => place + 1));
}

const EMPTY = configuration(
  0,
  Array.from({ length: SHARDS }, () => NO_GROUP),
);
const join = (...ids: readonly number[]): Extract<Administration, { op: 'join' }> => ({
  op: 'join',
  groups: Object.fromEntries(ids.map((id) => [`${id}`, [`g${id}`]])),
});

describe('the next configuration', () => {
  it('may be any that is balanced and moves no more than it has to', () => {
    const two = configuration(1, owned(6, 6));
    const three = configuration(2, [1, 1, 1, 1, 3, 3, 2, 2, 2, 2, 3, 3]);
    expect(complaintAbout(EMPTY, two, join(1, 2))).toBeUndefined();
    expect(complaintAbout(two, three, join(3))).toBeUndefined();
  });

  it('is refused when two groups differ by two shards', () => {
    const uneven = configuration(1, owned(7, 5));
    expect(complaintAbout(EMPTY, uneven, join(1, 2))).toContain('one with 5');
  });

  it('is refused when a shard moves between groups that stay', () => {
    const before = configuration(1, owned(6, 6));
    const swapped = configuration(2, [2, 1, 1, 1, 3, 3, 1, 2, 2, 2, 3, 3]);
    expect(complaintAbout(before, swapped, join(3))).toContain('moves 6 shards, though 4 would do');
  });

  it('lets those keep the remainder that have the most', () => {
    const before = configuration(1, owned(3, 3, 2, 2, 2));
    const without = configuration(2, [1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 3, 4]);
    expect(complaintAbout(before, without, { op: 'leave', groups: [5] })).toBeUndefined();
  });

  it('balances what moves by hand have made uneven, with as few transfers as that takes', () => {
    const uneven = configuration(5, owned(11, 1));
    const even = configuration(6, [1, 1, 1, 1, 3, 3, 3, 3, 2, 2, 2, 2]);
    expect(complaintAbout(uneven, even, join(3))).toBeUndefined();
  });

  it('assigns nothing when the last group leaves', () => {
    const before = configuration(1, owned(12));
    const leave = { op: 'leave', groups: [1] } as const;
    expect(complaintAbout(before, { ...EMPTY, number: 2 }, leave)).toBeUndefined();
    expect(complaintAbout(before, { ...before, number: 2, groups: {} }, leave)).toContain('not there');
  });

  it('lists the groups that there are, with the servers that they joined with', () => {
    const wrong = { ...configuration(1, owned(12)), groups: { '1': ['g1', 'g2'] } };
    expect(complaintAbout(EMPTY, wrong, join(1))).toContain('which joined with g1');
    expect(complaintAbout(EMPTY, { ...wrong, groups: {} }, join(1))).toContain('lacks group 1');
  });

  it('moves one shard by hand, and no other', () => {
    const before = configuration(1, owned(6, 6));
    const move = { op: 'move', shard: 0, group: 2 } as const;
    const [, ...rest] = before.shards;
    expect(complaintAbout(before, configuration(2, [2, ...rest]), move)).toBeUndefined();
    expect(complaintAbout(before, configuration(2, [2, 2, ...rest.slice(1)]), move)).toContain('shard 1');
  });
});

type Row = readonly [id: string, what: Administration | Administered];

/** What the judge says of these questions and answers, in their order; a controller is asked by `asked`. */
function verdictOf(...rows: readonly Row[]): string | undefined {
  const judge = configurations();
  const moment = { node: 'admin1', boot: 1, atMs: 0, sequence: 0 };
  let first: Violation | undefined;
  for (const [id, what] of rows) {
    const common = { text: '', id, controller: 'n1' };
    const seen: ShardSeen =
      typeof what === 'object' && 'op' in what
        ? { ...common, kind: 'asked', input: what }
        : { ...common, kind: 'told', output: what };
    first ??= judge.observe(seen, moment);
  }
  return (first ?? judge.finish?.(moment))?.message;
}

describe('configurations', () => {
  const query: Administration = { op: 'query' };
  const one = configuration(1, owned(12));
  const two = configuration(2, owned(6, 6));

  it('are whatever their changes make of each other', () => {
    expect(
      verdictOf(
        ['a', join(1)],
        ['a', 1],
        ['b', query],
        ['b', one],
        ['c', join(2)],
        ['d', query],
        ['d', two],
        ['c', 2],
      ),
    ).toBeUndefined();
  });

  it('may be the work of an operation that has not returned', () => {
    expect(
      verdictOf(['a', join(1)], ['b', query], ['b', one], ['c', { op: 'query', number: 0 }], ['c', EMPTY]),
    ).toBe(undefined);
  });

  it('are refused when they are the work of nobody', () => {
    const asked = { op: 'query', number: 0 } as const;
    expect(verdictOf(['a', join(7)], ['b', query], ['b', one], ['c', asked], ['c', EMPTY])).toContain(
      'no operation',
    );
    expect(verdictOf(['b', query], ['b', one])).toContain('only 0 changes');
  });

  it('are refused when two ask for the same and get something else', () => {
    const other = configuration(1, owned(12).toReversed().with(0, 9));
    expect(verdictOf(['a', join(1)], ['b', query], ['b', one], ['c', query], ['c', other])).toContain(
      'for another',
    );
  });

  it('are refused when an old one is called the latest', () => {
    expect(verdictOf(['a', join(1)], ['a', 1], ['b', query], ['b', EMPTY])).toContain('as the latest');
    expect(verdictOf(['a', join(1)], ['b', query], ['a', 1], ['b', EMPTY])).toBeUndefined();
  });

  it('are refused when one operation makes two, or two make one', () => {
    expect(verdictOf(['a', join(1)], ['b', join(2)], ['a', 1], ['b', 1])).toContain('Two operations');
    expect(verdictOf(['a', join(1)], ['a', 1], ['b', join(2)], ['b', 1])).toContain(
      'before it was asked for',
    );
  });
});

describe('conservation', () => {
  const input = { op: 'transact', reads: ACCOUNTS, writes: [] } as const;
  /** What the judge says of the last of these audits; each takes 1.5 ms. */
  const auditedInTurn = (...audits: readonly (readonly string[])[]): Violation | undefined => {
    const judge = conservation();
    const moment = (atMs: number): Moment => ({ node: 'c1', boot: 1, atMs, sequence: atMs });
    const verdicts = audits.map((amounts, i) => {
      judge.observe({ kind: 'called', id: `${i}`, client: 'c', input }, moment(i * 3));
      const entries = ACCOUNTS.map((_, place) => ({ value: amounts[place] ?? '0', version: 1 }));
      const output = { hasCommitted: true, entries };
      return judge.observe({ kind: 'returned', id: `${i}`, output }, moment(i * 3 + 1.5));
    });
    return verdicts.at(-1);
  };
  const audited = (...amounts: readonly string[]): Violation | undefined => auditedInTurn(amounts);

  it('holds while all accounts have the same sum', () => {
    expect(audited(`${TOTAL}`)).toBeUndefined();
    expect(audited('1', `${TOTAL - 1}`)).toBeUndefined();
  });

  it('is broken by half a transfer', () => {
    expect(audited(`${TOTAL - 5}`)).toMatchObject({ property: 'atomicity' });
  });

  it('names the accounts that a transaction wrote of which one part was seen and another was not', () => {
    const judge = conservation();
    const [from = '', to = ''] = ACCOUNTS;
    const writes = [
      { key: from, value: '95', version: 1 },
      { key: to, value: '105', version: 1 },
    ];
    const transfer = { op: 'transact', reads: [], writes } as const;
    const moment = (atMs: number): Moment => ({ node: 'c1', boot: 1, atMs, sequence: atMs });
    judge.observe({ kind: 'called', id: 't', client: 'c2', input: transfer }, moment(1));
    judge.observe({ kind: 'called', id: 'a', client: 'c1', input }, moment(2));
    const entries = ACCOUNTS.map((key) =>
      key === from ? { value: '95', version: 2 } : { value: '100', version: 1 },
    );
    const returned = { kind: 'returned', id: 'a', output: { hasCommitted: true, entries } } as const;
    expect(judge.observe(returned, moment(3))?.message).toBe(
      `All accounts, read at once by c1 (2.0 to 3.0 ms), hold 1195 together, not 1200: ${from} at 95 is seen, but ` +
        `not ${to} at 105, though c2 wrote both in one transaction (from 1.0 ms, no answer)`,
    );
  });

  it('names the accounts that hold something else than when the sum was right', () => {
    const [first = '', second = ''] = ACCOUNTS;
    expect(audited(`${TOTAL - 5}`)?.message).toContain(
      `read at once by c (0.0 to 1.5 ms), hold ${TOTAL - 5} together, not ${TOTAL}: since the accounts were opened, ` +
        `they went ${first} from 100 to ${TOTAL - 5}, ${second} from 100 to 0, `,
    );
    expect(auditedInTurn([`${TOTAL}`], [`${TOTAL - 4}`, '1'])?.message).toContain(
      ': since c (0.0 to 1.5 ms) found the right sum, they went ' +
        `${first} from ${TOTAL} to ${TOTAL - 4}, ${second} from 0 to 1`,
    );
  });
});

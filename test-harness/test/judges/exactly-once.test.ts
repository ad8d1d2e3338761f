import { describe, expect, test } from 'vitest';
import { exactlyOnce, type AppendEvent } from '../../src/judges/index.ts';
import type { Judge, Moment } from '../../src/suite/index.ts';

interface Seen {
  readonly kind: 'appends';
  readonly event: AppendEvent;
}

/** What the judge says first of these events, in this order, one each 1.5 ms. */
function judged(events: readonly AppendEvent[]): string | undefined {
  const judge: Judge<Seen> = exactlyOnce(({ event }: Seen) => event);
  const moment = (sequence: number): Moment => ({ node: undefined, boot: 1, atMs: sequence * 1.5, sequence });
  for (const [i, event] of events.entries()) {
    const violation = judge.observe({ kind: 'appends', event }, moment(i));
    if (violation !== undefined) return violation.message;
  }
  return undefined;
}

const append = (token: string, client: string): AppendEvent => ({
  kind: 'append',
  id: token,
  client,
  key: 'k',
  token,
});
const appended = (token: string): AppendEvent => ({ kind: 'appended', id: token });
const read = (value: string): AppendEvent[] => [
  { kind: 'get', id: 'r', client: 'c3', key: 'k' },
  { kind: 'read', id: 'r', value },
];

describe('the judge of appends', () => {
  test('accepts what each append put there once, in an order that they may have had', () => {
    const both = [append('<a>', 'c1'), append('<b>', 'c2'), appended('<a>'), appended('<b>')];
    expect(judged([...both, ...read('<b><a>')])).toBeUndefined();
  });

  test('says whose append is lacking, when it had returned, and when it was missed', () => {
    expect(judged([append('<a>', 'c1'), appended('<a>'), ...read('')])).toBe(
      '"k", read by c3 (3.0 to 4.5 ms), lacks <a>, though c1\'s append of it (0.0 to 1.5 ms) had returned ' +
        'before the read began',
    );
  });

  test('says whose append is there twice, also if it never returned', () => {
    expect(judged([append('<a>', 'c1'), ...read('<a><a>')])).toBe(
      '"k", read by c3 (1.5 to 3.0 ms), holds <a> twice: c1\'s append of it (from 0.0 ms, no answer) took effect ' +
        'more than once',
    );
  });

  test('says of two in the wrong order when each ran', () => {
    const inTurn = [append('<a>', 'c1'), appended('<a>'), append('<b>', 'c2'), appended('<b>')];
    expect(judged([...inTurn, ...read('<b><a>')])).toBe(
      '"k", read by c3 (6.0 to 7.5 ms), holds <a> behind <b>, though c2\'s append of <b> (3.0 to 4.5 ms) was called ' +
        "only after c1's append of <a> (0.0 to 1.5 ms) had returned",
    );
  });
});

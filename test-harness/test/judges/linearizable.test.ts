import { register, type RegisterInput, type RegisterOutput } from '@lockstep/linearizability';
import { describe, expect, test } from 'vitest';
import { linearizable, type HistoryEvent } from '../../src/judges/index.ts';
import type { Judge, Moment, Violation } from '../../src/suite/index.ts';

type Event = HistoryEvent<RegisterInput, RegisterOutput>;
interface Seen {
  readonly kind: 'history';
  readonly event: Event;
}

/** What the judge says of these events, in this order, one each 1.5 ms. */
function judged(events: readonly Event[]): Violation | undefined {
  const judge: Judge<Seen> = linearizable(register, ({ event }: Seen) => event);
  const moment = (sequence: number): Moment => ({ node: undefined, boot: 1, atMs: sequence * 1.5, sequence });
  for (const [i, event] of events.entries()) judge.observe({ kind: 'history', event }, moment(i));
  return judge.finish?.(moment(events.length));
}

let calls = 0;
function call(
  client: string,
  input: RegisterInput,
): { called: Event; returned: (output: RegisterOutput) => Event } {
  const id = String(++calls);
  return {
    called: { kind: 'call', id, client, input },
    returned: (output) => ({ kind: 'return', id, output }),
  };
}

/** One after another: the value written, and then read. */
function writesAndReads(values: readonly number[]): Event[] {
  return values.flatMap((value) => {
    const write = call('c1', { op: 'write', key: 'x', value });
    const read = call('c2', { op: 'read', key: 'x' });
    return [write.called, write.returned(true), read.called, read.returned({ value })];
  });
}

function staleRead(value: number): Event[] {
  const read = call('c3', { op: 'read', key: 'x' });
  return [read.called, read.returned({ value })];
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('the judge of linearizability', () => {
  test('accepts operations that overlap, in whichever order they took effect', () => {
    const write = call('c1', { op: 'write', key: 'x', value: 1 });
    const [early, late] = [call('c2', { op: 'read', key: 'x' }), call('c3', { op: 'read', key: 'x' })];
    const end = [write.returned(true), late.returned({ value: 1 })];
    expect(judged([write.called, early.called, late.called, early.returned({ value: null }), ...end])).toBe(
      undefined,
    );
  });

  test('lets an operation that never returned have happened, or not', () => {
    const pending = call('c1', { op: 'write', key: 'x', value: 7 });
    expect(judged([pending.called, ...staleRead(7)])).toBe(undefined);
    expect(judged([pending.called])).toBe(undefined);
  });

  test('explains a short history by the operations that contradict each other, and says when they ran', () => {
    expect(judged([...writesAndReads([1, 2]), ...staleRead(1)])).toEqual({
      kind: 'safety',
      property: 'linearizability',
      message:
        'The 5 operations on "x" are not linearizable: read(x) = 1 by client c3 (12.0 to 13.5 ms), but ' +
        'write(x, 2) by client c1 (6.0 to 7.5 ms) had returned before it began, and write(x, 1) by client c1 ' +
        '(0.0 to 1.5 ms) had returned before write(x, 2) by client c1 began; ' +
        'no other operation can make up for that. All of that is from 0.0 to 13.5 ms.',
    });
  });

  test('says of a long history where its longest linearizable prefix ends', () => {
    const history = [...writesAndReads(range(150)), ...staleRead(3), ...writesAndReads([500, 501])];
    expect(judged(history)?.message).toBe(
      'The 305 operations on "x" are not linearizable: the first 300 to return can be put in order, but no order is ' +
        'left when read(x) = 3 by client c3 (900.0 to 901.5 ms) returns. The last change to return before it began ' +
        'was write(x, 149) by client c1 (894.0 to 895.5 ms).',
    );
  });

  test('says of an operation that never returned only when it began', () => {
    const pending = call('c4', { op: 'write', key: 'x', value: 900 });
    const history = [pending.called, ...writesAndReads(range(150)), ...staleRead(3)];
    expect(judged(history)?.message).toContain(
      'Changes under way while it ran: write(x, 900) by client c4 (from 0.0 ms, no answer).',
    );
  });
});

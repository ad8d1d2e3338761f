import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KvMachine } from '../src/machine.ts';
import type { Outcome, Write } from '../src/messages.ts';
import { SequenceNumbers } from '../src/sequence-numbers.ts';
import { Sessions } from '../src/sessions.ts';

describe('sequence numbers', () => {
  it('say from where on somebody may still ask for a result', () => {
    const numbers = new SequenceNumbers();
    const [a, b, c] = [numbers.take(), numbers.take(), numbers.take()];
    expect(numbers.settledBelow).toBe(a);
    numbers.settle(b);
    expect(numbers.settledBelow).toBe(a);
    numbers.settle(a);
    expect(numbers.settledBelow).toBe(c);
  });

  it('settle below the least that is open, in whatever order they are settled', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 12 }, (_, i) => i)), (settled) => {
        const numbers = new SequenceNumbers();
        for (let i = 0; i < 12; i++) numbers.take();
        for (const number of settled) numbers.settle(number);
        let least = 0;
        while (settled.includes(least)) least++;
        expect(numbers.settledBelow).toBe(least);
      }),
    );
  });
});

describe('sessions', () => {
  it('are opened once for each nonce, and never get a number twice', () => {
    const sessions = new Sessions(1);
    const first = sessions.open('a');
    expect(sessions.open('a')).toBe(first);
    expect(sessions.open('b')).toBe(first + 1);
    // The first was forgotten; its nonce is that of a new one now.
    expect(sessions.open('a')).toBe(first + 2);
    expect(sessions.look(first, 0)).toEqual({ kind: 'forgotten' });
  });

  it('forget the one that wrote longest ago, whoever was opened first', () => {
    const sessions = new Sessions(2);
    const [a, b] = [sessions.open('a'), sessions.open('b')];
    sessions.touch(a, 0);
    sessions.open('c');
    expect(sessions.look(a, 0)).toEqual({ kind: 'new' });
    expect(sessions.look(b, 0)).toEqual({ kind: 'forgotten' });
  });

  it('keep a result until its clerk has it', () => {
    const sessions = new Sessions(Infinity);
    const session = sessions.open('a');
    sessions.record(session, 0, 7);
    sessions.record(session, 1, undefined);
    expect(sessions.look(session, 0)).toEqual({ kind: 'written', version: 7 });
    expect(sessions.look(session, 1)).toEqual({ kind: 'written', version: undefined });
    sessions.touch(session, 1);
    expect(sessions.look(session, 0)).toEqual({ kind: 'settled' });
    expect(sessions.look(session, 1)).toEqual({ kind: 'written', version: undefined });
    expect(sessions.save().sessions).toEqual([[session, 'a', 1, [[1, undefined]]]]);
  });

  it('are the same after they were saved and restored', () => {
    const sessions = new Sessions(3);
    const restored = new Sessions(3);
    for (const nonce of ['a', 'b', 'c', 'd']) sessions.touch(sessions.open(nonce), 0);
    sessions.record(3, 0, 1);
    restored.restore(sessions.save());
    expect(restored.save()).toEqual(sessions.save());
    expect(restored.open('c')).toBe(3);
    expect(restored.open('e')).toBe(5);
  });
});

const key = fc.constantFrom('x', 'y');
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({
    op: fc.constantFrom('put' as const, 'append' as const),
    key,
    value: fc.string({ maxLength: 3 }),
  }),
  fc.record({
    op: fc.constant('put-if' as const),
    key,
    value: fc.string({ maxLength: 3 }),
    version: fc.nat(3),
  }),
);

describe('the machine', () => {
  /** Writes of one session, in order, and where copies of earlier ones come again; snapshots in between. */
  const history = fc.array(
    fc.record({ write, again: fc.array(fc.nat(), { maxLength: 3 }), isRestored: fc.boolean() }),
    { maxLength: 25 },
  );

  it('does each write once, and answers a repetition as it did the first time, over snapshots too', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let machine = new KvMachine(Infinity);
        const once = new KvMachine(Infinity);
        const open = { kind: 'open', nonce: 'n' } as const;
        machine.apply(open);
        once.apply(open);
        const answers: Outcome[] = [];
        const submit = (to: KvMachine, sequence: number, what: Write): Outcome =>
          to.apply({ kind: 'write', session: 1, sequence, settledBelow: 0, write: what });
        for (const [sequence, step] of steps.entries()) {
          answers.push(submit(machine, sequence, step.write));
          expect(submit(once, sequence, step.write)).toEqual(answers[sequence]);
          if (step.isRestored) {
            const saved = machine.snapshot();
            machine = new KvMachine(Infinity);
            machine.restore(saved);
          }
          for (const place of step.again.map((n) => n % (sequence + 1))) {
            const repeated = steps[place];
            if (repeated !== undefined)
              expect(submit(machine, place, repeated.write)).toEqual(answers[place]);
          }
        }
        expect(machine.snapshot()).toEqual(once.snapshot());
      }),
      { numRuns: 200 },
    );
  });

  it('does nothing for a session that it does not know', () => {
    const machine = new KvMachine(1);
    machine.apply({ kind: 'open', nonce: 'a' });
    machine.apply({ kind: 'open', nonce: 'b' });
    const late = { op: 'put', key: 'x', value: 'late' } as const;
    const outcome = machine.apply({ kind: 'write', session: 1, sequence: 0, settledBelow: 0, write: late });
    expect(outcome).toEqual({ kind: 'forgotten' });
    expect(machine.get('x')).toEqual({ value: '', version: 0 });
  });
});

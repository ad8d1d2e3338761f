import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplicatedStateMachine } from '../src/index.ts';
import type { RsmOptions, StateMachine, Submitted } from '../src/index.ts';
import { HandClock, LoneRaft, settle } from './lone-raft.ts';

/** Keeps what it has been told, in order; the result of a command is its place. */
class Memory implements StateMachine<string, number> {
  told: string[] = [];

  apply(command: string): number {
    return this.told.push(command);
  }
  snapshot(): unknown {
    return [...this.told];
  }
  restore(data: unknown): void {
    this.told = [...(data as string[])];
  }
}

async function make(options: RsmOptions = {}) {
  const [raft, clock, memory] = [new LoneRaft(), new HandClock(), new Memory()];
  const rsm = await ReplicatedStateMachine.start({ clock, raft: raft.begin }, memory, options);
  return { raft, clock, memory, rsm };
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  await settle();
  const mark = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(mark)])) === mark;
}

describe('submit', () => {
  it('gives what the machine made of the command, once it has come up', async () => {
    const { raft, rsm } = await make();
    const submitted = rsm.submit('a');
    expect(await isPending(submitted)).toBe(true);
    raft.commit();
    expect(await submitted).toEqual({ kind: 'applied', result: 1 });
    expect(rsm.appliedIndex).toBe(1);
  });

  it('takes nothing where this server does not lead', async () => {
    const { raft, rsm } = await make();
    raft.isLeader = false;
    expect(await rsm.submit('a')).toEqual({ kind: 'not-leader' });
  });

  it('is lost when another command comes up at its index', async () => {
    const { raft, rsm, memory } = await make();
    const submitted = rsm.submit('a');
    await settle();
    raft.overwrite(1, 2, ['b']);
    raft.commit();
    expect(await submitted).toEqual({ kind: 'lost' });
    expect(memory.told).toEqual(['b']);
  });

  it('is lost when leadership is, though nothing comes up any more', async () => {
    const { raft, clock, rsm } = await make();
    const submitted = rsm.submit('a');
    await settle();
    raft.isLeader = false;
    await clock.advance(50);
    expect(await submitted).toEqual({ kind: 'lost' });
  });

  it('is lost when this server leads again in a later term', async () => {
    const { raft, clock, rsm } = await make();
    const submitted = rsm.submit('a');
    await settle();
    raft.term = 3;
    await clock.advance(50);
    expect(await submitted).toEqual({ kind: 'lost' });
  });

  it('is lost when a snapshot takes its place', async () => {
    const { raft, rsm, memory } = await make();
    const submitted = rsm.submit('a');
    await settle();
    raft.install(4, ['a', 'b', 'c']);
    expect(await submitted).toEqual({ kind: 'lost' });
    expect(memory.told).toEqual(['a', 'b', 'c']);
  });

  it('ends for everybody, in any history, and only those hear of a result whose command came up', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('submit' as const) }),
      fc.record({ do: fc.constant('commit' as const), by: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ do: fc.constant('overwrite' as const), by: fc.integer({ min: 0, max: 4 }) }),
      fc.record({ do: fc.constant('wait' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { raft, clock, rsm, memory } = await make();
        const outcomes: { readonly name: string; readonly outcome: Promise<Submitted<number>> }[] = [];
        for (const one of steps) {
          if (one.do === 'submit') {
            const name = `c${outcomes.length}`;
            outcomes.push({ name, outcome: rsm.submit(name) });
          } else if (one.do === 'commit') raft.commit(Math.min(raft.entries.length, raft.committed + one.by));
          else if (one.do === 'wait') await clock.advance(25);
          else {
            const from = Math.max(raft.committed + 1, raft.entries.length + 1 - one.by);
            raft.overwrite(from, raft.term + 1, ['foreign']);
          }
          await settle();
        }
        raft.isLeader = false;
        await clock.advance(25);
        await clock.advance(25);
        for (const { name, outcome } of outcomes) {
          expect(await isPending(outcome)).toBe(false);
          const known = await outcome;
          if (known.kind === 'applied') expect(memory.told[known.result - 1]).toBe(name);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('snapshots', () => {
  it('are handed to Raft when the log has grown to its bound, with the state up to that entry', async () => {
    const { raft, rsm } = await make({ maxLogBytes: 100 });
    for (let i = 0; i < 20; i++) void rsm.submit(`command ${i}`);
    await settle();
    raft.commit();
    expect(raft.snapshots.length).toBeGreaterThan(2);
    for (const { index, data } of raft.snapshots) expect(data).toHaveLength(index);
  });

  it('are never taken without a bound', async () => {
    const { raft, rsm } = await make();
    for (let i = 0; i < 100; i++) void rsm.submit('x'.repeat(100));
    await settle();
    raft.commit();
    expect(raft.snapshots).toEqual([]);
  });
});

describe('read', () => {
  it('through the log waits for an entry of its own', async () => {
    const { raft, rsm, memory } = await make();
    const read = rsm.read(() => memory.told.length);
    expect(await isPending(read)).toBe(true);
    raft.commit();
    expect(await read).toEqual({ kind: 'answered', value: 0 });
  });

  it('by readIndex waits until so much has been applied, and puts nothing into the log', async () => {
    const { raft, rsm, memory } = await make({ reads: 'index' });
    void rsm.submit('a');
    await settle();
    raft.index = 1;
    const read = rsm.read(() => [...memory.told]);
    expect(await isPending(read)).toBe(true);
    raft.commit();
    expect(await read).toEqual({ kind: 'answered', value: ['a'] });
    expect(raft.entries).toHaveLength(1);
  });

  it('by readIndex is refused where Raft refuses it', async () => {
    const { rsm } = await make({ reads: 'index' });
    expect(await rsm.read(() => 0)).toEqual({ kind: 'not-leader' });
  });

  it('under a lease asks readIndex only where the lease does not hold', async () => {
    const { raft, rsm } = await make({ reads: 'lease', clockDriftBound: 0.01 });
    raft.lease = 0;
    expect(await rsm.read(() => 'leased')).toEqual({ kind: 'answered', value: 'leased' });
    raft.lease = undefined;
    expect(await rsm.read(() => 'not')).toEqual({ kind: 'not-leader' });
    raft.index = 0;
    expect(await rsm.read(() => 'asked')).toEqual({ kind: 'answered', value: 'asked' });
    expect(raft.options.clockDriftBound).toBe(0.01);
  });
});

describe('a new leader', () => {
  it('starts an entry of its term that changes nothing', async () => {
    const { raft, memory } = await make();
    raft.options.onLeader?.(1);
    await settle();
    raft.commit();
    expect(raft.entries).toHaveLength(1);
    expect(memory.told).toEqual([]);
  });
});

import type { Host } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import { RaftBelow } from '../../src/services/index.ts';
import { ViolationError } from '../../src/suite/index.ts';

/** A server on a Raft whose `status()` gives this. */
async function serverOn(status: unknown): Promise<{ below: RaftBelow; shown: unknown[] }> {
  const shown: unknown[] = [];
  const raft = { start: () => undefined, status: () => status, snapshot: () => undefined };
  const below = new RaftBelow(
    {
      host: { scope: () => ({}) } as unknown as Host,
      layer: () => ({ default: () => raft }),
      observe: (seen) => void shown.push(seen),
      copy: (value) => value,
    },
    [],
  );
  await below.start(() => undefined, {});
  return { below, shown };
}

describe('what the Raft below says of itself', () => {
  it.each([
    { term: 3, isLeader: true },
    { term: 3, isLeader: false, leaderHint: 'n2' },
  ])('is shown as it is: %j', async (status) => {
    const { below, shown } = await serverOn(status);
    below.sample();
    expect(below.status).toEqual(status);
    expect(shown).toMatchObject([{ kind: 'status', ...status }]);
  });

  const text = { toString: (): string => 'n2' };
  const three = { valueOf: (): number => 3 };
  it.each([
    [undefined],
    [{ term: '3', isLeader: true }],
    [{ term: three, isLeader: true }],
    [{ term: -1, isLeader: true }],
    [{ term: NaN, isLeader: true }],
    [{ term: 3, isLeader: 1 }],
    [{ term: 3, isLeader: false, leaderHint: text }],
  ])('is the fault of that Raft, and reaches no script, when it is %j', async (status) => {
    const { below, shown } = await serverOn(status);
    let thrown: unknown;
    try {
      below.sample();
    } catch (error) {
      thrown = error;
    }
    expect(ViolationError.violationOf(thrown)).toMatchObject({
      kind: 'crash',
      property: 'contract',
      message: expect.stringMatching(/^status\(\) of the Raft below gave something else/) as string,
    });
    expect(below.status).toEqual({ term: 0, isLeader: false });
    expect(shown).toEqual([]);
  });
});

import { NO_GROUP, SHARDS } from '@lockstep/api';
import type { ShardConfiguration } from '@lockstep/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balance } from '../src/controller/balance.ts';
import { changed, NO_CONFIGURATION } from '../src/controller/configurations.ts';

const groups = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
/** Any assignment, to groups that may be gone, or never were. */
const shards = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: SHARDS, maxLength: SHARDS });

function sizes(assigned: readonly number[], among: readonly number[]): number[] {
  return among.map((group) => assigned.filter((owner) => owner === group).length);
}

function moves(before: readonly number[], after: readonly number[]): number {
  return before.filter((owner, shard) => owner !== after[shard]).length;
}

/** The fewest moves that balance: whatever sizes one may choose, each shard beyond a group's size has to go. */
function fewestMoves(before: readonly number[], among: readonly number[]): number {
  const each = Math.floor(SHARDS / among.length);
  const owned = sizes(before, among).sort((a, b) => b - a);
  const kept = owned.map((has, rank) => Math.min(has, each + (rank < SHARDS % among.length ? 1 : 0)));
  return SHARDS - kept.reduce((sum, some) => sum + some, 0);
}

describe('balance', () => {
  it('leaves two groups one shard apart at most, and no shard with nobody', () => {
    fc.assert(
      fc.property(shards, groups, (before, among) => {
        const after = balance(before, among);
        const counts = sizes(after, among);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(after.every((owner) => among.includes(owner))).toBe(true);
      }),
    );
  });

  it('moves no more shards than that takes', () => {
    fc.assert(
      fc.property(shards, groups, (before, among) => {
        expect(moves(before, balance(before, among))).toBe(fewestMoves(before, among));
      }),
    );
  });

  it('does not depend on the order of the groups', () => {
    const permuted = groups.chain((some) =>
      fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
    );
    fc.assert(
      fc.property(shards, permuted, (before, [some, same]) => {
        expect(balance(before, some)).toEqual(balance(before, same));
      }),
    );
  });

  it('assigns everything to nobody when there are no groups', () => {
    expect(balance([1, 2, 1, 2], [])).toEqual([NO_GROUP, NO_GROUP, NO_GROUP, NO_GROUP]);
  });
});

describe('configurations', () => {
  const server = (group: number): Record<string, string[]> => ({ [group]: [`g${group}`] });
  const joined = (...numbers: number[]): ShardConfiguration =>
    numbers.reduce(
      (latest, group) => changed(latest, { op: 'join', groups: server(group) }),
      NO_CONFIGURATION,
    );

  it('at a join, move nothing between groups that were there', () => {
    for (let count = 1; count < 2 * SHARDS; count++) {
      const before = joined(...Array.from({ length: count }, (_, i) => 100 - i));
      const after = changed(before, { op: 'join', groups: server(7) });
      for (const [shard, owner] of after.shards.entries()) {
        expect([before.shards[shard], 7]).toContain(owner);
      }
    }
  });

  it('at a leave, move only what the leaving groups had', () => {
    const before = joined(5, 3, 9, 1, 4);
    const after = changed(before, { op: 'leave', groups: [3, 4] });
    expect(Object.keys(after.groups)).toEqual(['1', '5', '9']);
    for (const [shard, owner] of before.shards.entries()) {
      if (owner !== 3 && owner !== 4) expect(after.shards[shard]).toBe(owner);
    }
  });

  it('are not changed by those that follow', () => {
    const before = joined(1, 2);
    const kept = structuredClone(before);
    changed(before, { op: 'move', shard: 0, group: 2 });
    changed(before, { op: 'join', groups: server(3) });
    changed(before, { op: 'leave', groups: [1] });
    expect(before).toEqual(kept);
  });

  it('move one shard by hand, and no other', () => {
    const before = joined(1, 2);
    const to = before.shards[5] === 1 ? 2 : 1;
    const after = changed(before, { op: 'move', shard: 5, group: to });
    expect(moves(before.shards, after.shards)).toBe(1);
    expect(after.shards[5]).toBe(to);
    expect(after.number).toBe(before.number + 1);
  });
});

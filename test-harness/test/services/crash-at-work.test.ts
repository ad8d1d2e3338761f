import { describe, expect, it } from 'vitest';
import { crashAtWork, type CrashWorld } from '../../src/services/crash-at-work.ts';

/** A world with one node that has an effect every `everyMs` ms. */
function working(everyMs: number): CrashWorld & { readonly downAt: number | undefined } {
  let now = 0;
  let dies = Infinity;
  let downAt: number | undefined;
  return {
    get now() {
      return now;
    },
    get downAt() {
      return downAt;
    },
    isUp: () => downAt === undefined,
    crash: () => void (downAt = now),
    crashAfterEffects: (_, effects) => void (dies = now + effects * everyMs),
    sleep: async (ms) => {
      now += ms;
      if (now >= dies) downAt ??= dies;
    },
  };
}

describe('a crash at work', () => {
  it('comes right after the effect that it was meant for', async () => {
    const world = working(7);
    expect(await crashAtWork(world, 'n1', 3, 1_000)).toBe(true);
    expect(world.downAt).toBe(21);
    expect(world.now).toBeCloseTo(21, 0);
  });

  it('comes in the end, when a node does not do that much', async () => {
    const world = working(7);
    expect(await crashAtWork(world, 'n1', 300, 1_000)).toBe(false);
    expect(world.downAt).toBeCloseTo(1_000, 0);
  });

  it('is not waited for when the node is down', async () => {
    const world = working(7);
    world.crash('n1');
    await crashAtWork(world, 'n1', 3, 1_000);
    expect(world).toMatchObject({ downAt: 0, now: 0 });
  });
});

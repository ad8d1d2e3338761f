import { encode } from '@lockstep/api';
import { ConformanceFailure } from './check.ts';
import type { ConformanceWorld } from './check.ts';

/** Whether two values of plain data are the same, to the last bit: -0 is not 0, and NaN is NaN. */
export function isSame(a: unknown, b: unknown): boolean {
  const [one, other] = [encode(a), encode(b)];
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** Fails the check unless both are the same plain data. */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  if (!isSame(actual, expected))
    throw new ConformanceFailure(`${what}: expected ${show(expected)}, got ${show(actual)}`);
}

/** Fails the check unless it is true. */
export function expectTrue(condition: boolean, what: string): void {
  if (!condition) throw new ConformanceFailure(what);
}

/** Waits between two looks, in ms, and how many there are at most. */
const LOOK_EVERY_MS = 5;
const LOOKS = 2_000;

/** Looks again and again until it is so. */
export async function eventually(
  world: ConformanceWorld,
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (await isSo()) return;
    await world.sleep(LOOK_EVERY_MS);
  }
  throw new ConformanceFailure(`never happened: ${what}`);
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return `${item}n`;
    if (item instanceof Uint8Array) return `bytes ${item.join(' ')}`;
    return item === undefined ? '(undefined)' : item;
  });
}

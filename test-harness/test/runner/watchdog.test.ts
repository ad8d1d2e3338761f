import { describe, expect, it } from 'vitest';
import { Watchdog } from '../../src/runner/watchdog.ts';

const LIMIT_MS = 300;
const whereabouts = () => ({ node: 'n1', atMs: 7 });

describe('the watchdog', () => {
  const makeWatchdog = (beats: string[] = []) => new Watchdog(LIMIT_MS, { beat: () => beats.push('beat') });

  it('lets a slice that ends be', () => {
    const beats: string[] = [];
    const watchdog = makeWatchdog(beats);
    let sum = 0;
    watchdog.run(() => (sum += 1), whereabouts);
    watchdog.run(() => (sum += 1), whereabouts);
    expect([sum, beats.length, watchdog.bittenAt]).toEqual([2, 2, undefined]);
  });

  it('ends a slice that does not, and says where it was', () => {
    const watchdog = makeWatchdog();
    const loop = (): void => {
      for (;;);
    };
    expect(() => watchdog.run(loop, whereabouts)).toThrow('timed out');
    expect(watchdog.bittenAt).toMatchObject({ node: 'n1', atMs: 7 });
  });

  it('tells one that had hardly any processor time', () => {
    const watchdog = makeWatchdog();
    const wait = (): void => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    };
    expect(() => watchdog.run(wait, whereabouts)).toThrow('timed out');
    expect(watchdog.bittenAt?.cpuMs).toBeLessThan(LIMIT_MS / 2);
  });
});

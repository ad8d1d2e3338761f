import { encode } from '@lockstep/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/disk/contents.ts';
import { Storage } from '../../src/disk/storage.ts';
import { makeDraw } from '../support/draw.ts';
import { MemoryFiles } from '../support/memory-files.ts';

const SCOPES = ['', 'raft', 'raft/log'];
/** Small enough for the log to be rewritten every few writes, and for some of the values to count as large. */
const OPTIONS = { minGarbageBytes: 200, largeValueBytes: 40 };

/** A batch, and whether its writer waits for it before the next one. */
const writes = fc.array(
  fc.record({
    batch: fc.record({
      scope: fc.constantFrom(...SCOPES),
      changes: fc.array(
        fc.tuple(
          fc.constantFrom('a', 'b', 'c', 'd'),
          fc.option(
            fc.uint8Array({ maxLength: 60 }).map((bytes) => encode(bytes)),
            { nil: undefined },
          ),
        ),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    isAwaited: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

/** Everything stored, as text that can be compared. */
async function dump(storage: Storage): Promise<string> {
  const load = (scope: string): Promise<unknown[]> =>
    Promise.all(
      storage.contents
        .entries(scope, '')
        .map(async ([name, stored]) => [name, [...(await storage.load(stored))]]),
    );
  return JSON.stringify(await Promise.all(SCOPES.map(load)));
}

/** What is stored after each number of batches. */
function history(start: string, batches: readonly Batch[]): string[] {
  const scopes = new Map(
    SCOPES.map((scope, index) => [scope, new Map<string, number[]>((JSON.parse(start) as [])[index])]),
  );
  const states = [start];
  for (const { scope, changes } of batches) {
    for (const [name, value] of changes) {
      if (value === undefined) scopes.get(scope)?.delete(name);
      else scopes.get(scope)?.set(name, [...value]);
    }
    states.push(
      JSON.stringify([...scopes.values()].map((names) => [...names].sort(([a], [b]) => (a < b ? -1 : 1)))),
    );
  }
  return states;
}

/** Writes until the crash; the number of batches that were submitted, and of those that were confirmed. */
async function writeUntil(
  crashed: Promise<void>,
  storage: Storage,
  plan: readonly { batch: Batch; isAwaited: boolean }[],
): Promise<{ submitted: number; confirmed: number }> {
  let submitted = 0;
  let confirmed = 0;
  let isOver = false;
  const stop = crashed.then(() => {
    isOver = true;
  });
  for (const { batch, isAwaited } of plan) {
    if (isOver) break;
    submitted++;
    const count = submitted;
    const written = storage.write(batch).then(() => {
      if (!isOver) confirmed = Math.max(confirmed, count);
    });
    if (isAwaited) await Promise.race([written, stop]);
  }
  return { submitted, confirmed };
}

describe('a disk whose machine loses power', () => {
  it('keeps every confirmed batch, and of the others a prefix, each whole, over crashes at any step', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ plan: writes, crashAt: fc.integer({ min: 1, max: 60 }), seed: fc.nat() }), {
          minLength: 1,
          maxLength: 5,
        }),
        async (boots) => {
          let files = new MemoryFiles();
          let possible = new Set(['[[],[],[]]']);
          for (const { plan, crashAt, seed } of boots) {
            const crashed = files.crashAt(crashAt);
            const storage = await Promise.race([Storage.open(files, 'n1', OPTIONS), crashed]);
            if (storage instanceof Storage) {
              const start = await dump(storage);
              expect(possible).toContain(start);
              const { submitted, confirmed } = await writeUntil(crashed, storage, plan);
              const states = history(
                start,
                plan.map(({ batch }) => batch),
              );
              expect(await dump(storage)).toBe(states[submitted]);
              possible = new Set(states.slice(confirmed, submitted + 1));
            }
            files = files.afterCrash(makeDraw(seed));
          }
          expect(possible).toContain(await dump(await Storage.open(files, 'n1', OPTIONS)));
        },
      ),
      { numRuns: process.env['LOCKSTEP_FULL'] === '1' ? 20_000 : 400 },
    );
  });

  it('does not act upon what a killed process had written but not made durable', async () => {
    const files = new MemoryFiles();
    const crashed = files.crashAt(8);
    const storage = await Storage.open(files, 'n1', OPTIONS);
    const write = { scope: '', changes: [['vote', encode('n2')]] } as const;
    // The process is killed between writing and syncing; the system still knows the bytes.
    await Promise.race([storage.write(write), crashed]);
    const survivors = new MemoryFiles();
    survivors.setContent('disk.log', files.content('disk.log'));
    const before = survivors.syncs;
    const again = await Storage.open(survivors, 'n1', OPTIONS);
    expect(again.contents.read('', 'vote')).toEqual(encode('n2'));
    expect(survivors.syncs).toBe(before + 1);
  });
});

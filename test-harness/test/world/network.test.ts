import type { Host } from '@lockstep/api';
import { RpcError } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import {
  compose,
  duplication,
  labrpc,
  reordering,
  silentLoss,
  slowLinks,
  uniformDelay,
} from '../../src/faults/index.ts';
import type { NetworkModel } from '../../src/faults/index.ts';
import { runSimulation } from '../../src/world/index.ts';
import { toyRun } from './toy.ts';
import type { ToyNode, ToyProgram } from './toy.ts';

interface Answer {
  readonly ok: boolean;
  readonly tookMs: number;
  readonly handled: number;
}

/** n1 calls n2 `calls` times, one after the other; both keep what they saw. */
function caller(calls: number, timeoutMs = 10_000): ToyProgram {
  return (host: Host) => {
    let handled = 0;
    const seen: number[] = [];
    host.serve({
      hit: (n: number) => {
        seen.push(n);
        return ++handled;
      },
    });
    const answers: Answer[] = [];
    const run = async (): Promise<void> => {
      const peer = host.peer<{ hit(n: number): number }>('n2');
      for (let n = 0; n < calls; n++) {
        const start = host.clock.now();
        const result = await peer.hit(n, { timeoutMs }).then(
          (count) => ({ ok: true, handled: count }),
          () => ({ ok: false, handled: 0 }),
        );
        answers.push({ ...result, tookMs: host.clock.now() - start });
      }
    };
    if (host.id === 'n1') void run();
    return { answers: () => answers, seen: () => seen };
  };
}

const read =
  <T>(name: string) =>
  (node: ToyNode): T =>
    (node[name] as () => T)();

/** All answers of `calls` calls under a model, and what n2 handled. */
async function measure(
  network: NetworkModel,
  calls: number,
  timeoutMs?: number,
): Promise<{ answers: Answer[]; seen: number[] }> {
  let answers: Answer[] = [];
  let seen: number[] = [];
  const options = toyRun(
    caller(calls, timeoutMs),
    async (world) => {
      await world.until(
        () => ((world.driver('n1')?.['answers'] as () => Answer[])?.() ?? []).length === calls,
        {
          withinMs: 1e9,
          everyMs: 1000,
          violation: () => ({ kind: 'liveness', property: 'progress', message: 'calls do not end' }),
        },
      );
      answers = await world.invoke('n1', 'answers', read<Answer[]>('answers'));
      seen = await world.invoke('n2', 'seen', read<number[]>('seen'));
    },
    { network: () => network, timeLimitMs: 1e9 },
  );
  const result = await runSimulation(options);
  expect(result.verdict).toEqual({ status: 'pass' });
  return { answers, seen };
}

const share = (items: readonly unknown[], of: readonly unknown[]): number => items.length / of.length;

describe("the course's network", () => {
  it('answers every call within a fraction of a millisecond when it is reliable', async () => {
    const { answers } = await measure(labrpc(), 500);
    expect(answers.every(({ ok, tookMs }) => ok && tookMs >= 0.1 && tookMs < 0.5)).toBe(true);
  });

  it('loses a tenth of the requests and a tenth of the replies when it is not, and says so at once', async () => {
    const { answers, seen } = await measure(labrpc({ unreliable: true }), 4000);
    const lost = answers.filter(({ ok }) => !ok);
    // 0.1 + 0.9 * 0.1 = 0.19; the bounds are four standard deviations.
    expect(share(lost, answers)).toBeGreaterThan(0.165);
    expect(share(lost, answers)).toBeLessThan(0.215);
    expect(share(seen, answers)).toBeGreaterThan(0.88);
    expect(share(seen, answers)).toBeLessThan(0.92);
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(27);
    const mean = answers.reduce((sum, { tookMs }) => sum + tookMs, 0) / answers.length;
    expect(mean).toBeGreaterThan(12.5);
    expect(mean).toBeLessThan(14);
  });

  it('delays two replies of three by 200 to 2200 ms when reordering is on', async () => {
    const { answers } = await measure(labrpc({ longReordering: true }), 3000);
    const late = answers.filter(({ tookMs }) => tookMs >= 200);
    expect(share(late, answers)).toBeGreaterThan(0.63);
    expect(share(late, answers)).toBeLessThan(0.7);
    expect(Math.max(...late.map(({ tookMs }) => tookMs))).toBeLessThan(2201);
    const mean = late.reduce((sum, { tookMs }) => sum + tookMs, 0) / late.length;
    expect(mean).toBeGreaterThan(650);
    expect(mean).toBeLessThan(750);
  });

  for (const [longDelays, most] of [
    [false, 100],
    [true, 7000],
  ] as const) {
    it(`fails calls to the dead after up to ${most} ms with longDelays ${longDelays ? 'on' : 'off'}`, async () => {
      const took: number[] = [];
      const program: ToyProgram = (host) => {
        const run = async (): Promise<void> => {
          for (;;) {
            const start = host.clock.now();
            await host
              .peer<{ x(n: number): void }>('n2')
              .x(1, { timeoutMs: 10_000 })
              .catch(() => undefined);
            took.push(host.clock.now() - start);
          }
        };
        if (host.id === 'n1') host.clock.after(10, () => void run());
        return {};
      };
      const options = toyRun(
        program,
        async (world) => {
          world.crash('n2');
          await world.sleep(most * 200);
        },
        { network: () => labrpc({ longDelays }), timeLimitMs: 1e9 },
      );
      await runSimulation(options);
      expect(took.length).toBeGreaterThan(300);
      expect(Math.max(...took)).toBeLessThan(most + 1);
      const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
      expect(Math.abs(mean - most / 2)).toBeLessThan(most / 10);
    });
  }
});

describe('network faults beyond the course', () => {
  it('lose silently: the caller learns of it by its time-out alone, whether request or reply was lost', async () => {
    const { answers } = await measure(compose(labrpc(), silentLoss(0.2)), 2000, 50);
    const lost = answers.filter(({ ok }) => !ok);
    expect(share(lost, answers)).toBeGreaterThan(0.32);
    expect(share(lost, answers)).toBeLessThan(0.4);
    expect(new Set(lost.map(({ tookMs }) => Math.round(tookMs)))).toEqual(new Set([50]));
  });

  it('deliver a request twice, and a call still ends once', async () => {
    const { answers, seen } = await measure(compose(labrpc(), duplication(0.3, 5)), 1000);
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(seen.length / answers.length).toBeGreaterThan(1.25);
    expect(seen.length / answers.length).toBeLessThan(1.35);
  });

  it('delay, reorder and slow single nodes', async () => {
    const delayed = await measure(compose(labrpc(), uniformDelay(5, 10)), 200);
    expect(delayed.answers.every(({ tookMs }) => tookMs > 10 && tookMs < 21)).toBe(true);
    const slow = await measure(compose(labrpc(), slowLinks(['n2'], 30)), 50);
    expect(slow.answers.every(({ tookMs }) => tookMs > 60 && tookMs < 61)).toBe(true);
    const elsewhere = await measure(compose(labrpc(), slowLinks(['n3'], 30)), 50);
    expect(elsewhere.answers.every(({ tookMs }) => tookMs < 1)).toBe(true);
    const reordered = await measure(compose(labrpc(), reordering(0.5, 20)), 500);
    expect(reordered.answers.some(({ tookMs }) => tookMs > 20)).toBe(true);
  });

  it('cut one direction: requests arrive, replies do not', async () => {
    const program = caller(1000, 20);
    const options = toyRun(program, async (world) => {
      world.network.block('n2', 'n1');
      const before = (await world.invoke('n1', 'answers', read<Answer[]>('answers'))).length;
      await world.sleep(500);
      const seen = await world.invoke('n2', 'seen', read<number[]>('seen'));
      const answers = await world.invoke('n1', 'answers', read<Answer[]>('answers'));
      expect(seen.length).toBeGreaterThan(before + 20);
      expect(answers.slice(before).every(({ ok }) => !ok)).toBe(true);
      world.network.unblock('n2', 'n1');
      await world.sleep(500);
      expect((await world.invoke('n1', 'answers', read<Answer[]>('answers'))).some(({ ok }) => ok)).toBe(
        true,
      );
    });
    expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
  });

  it('partition into groups, lose what is on its way, and heal', async () => {
    const options = toyRun(
      caller(100_000, 20),
      async (world) => {
        await world.sleep(100);
        world.network.partition(['n1', 'n3'], ['n2']);
        const before = (await world.invoke('n2', 'seen', read<number[]>('seen'))).length;
        await world.sleep(200);
        expect((await world.invoke('n2', 'seen', read<number[]>('seen'))).length).toBeLessThanOrEqual(
          before + 1,
        );
        world.network.heal();
        await world.sleep(100);
        expect((await world.invoke('n2', 'seen', read<number[]>('seen'))).length).toBeGreaterThan(
          before + 10,
        );
      },
      { network: () => compose(labrpc(), uniformDelay(1, 2)) },
    );
    expect((await runSimulation(options)).verdict).toEqual({ status: 'pass' });
  });
});

describe('a call', () => {
  it('fails with the documented code for each kind of misuse', async () => {
    const codes: Record<string, string> = {};
    const program: ToyProgram = (host) => {
      if (host.id === 'n2') {
        host.serve({
          throws: () => {
            throw new Error('no');
          },
          notPlain: () => new Map(),
        });
      }
      const peer = host.peer<Record<string, (args: unknown) => unknown>>('n2');
      const tries: Record<string, () => Promise<unknown> | undefined> = {
        throws: () => peer['throws']?.(1),
        notPlain: () => peer['notPlain']?.(1),
        missing: () => peer['missing']?.(1),
        inherited: () => peer['hasOwnProperty']?.(1),
        badArguments: () => peer['throws']?.(new Date(0)),
        badTimeout: () => peer['throws']?.(1, { timeoutMs: -1 }),
        unknownNode: () => host.peer<Record<string, (args: unknown) => unknown>>('n9')['x']?.(1),
        notServing: () => host.peer<Record<string, (args: unknown) => unknown>>('n3')['x']?.(1),
      };
      if (host.id === 'n1') {
        host.clock.after(5, () => {
          for (const [name, attempt] of Object.entries(tries)) {
            attempt()?.catch((error: unknown) => {
              codes[name] = error instanceof RpcError ? error.code : 'no RpcError';
            });
          }
        });
      }
      return {};
    };
    const result = await runSimulation(toyRun(program, (world) => world.sleep(2000)));
    expect(result.verdict).toEqual({ status: 'pass' });
    expect(codes).toEqual({
      throws: 'handler-failed',
      notPlain: 'handler-failed',
      missing: 'unknown-method',
      inherited: 'unknown-method',
      badArguments: 'invalid-argument',
      badTimeout: 'invalid-argument',
      unknownNode: 'invalid-argument',
      notServing: 'unavailable',
    });
  });
});

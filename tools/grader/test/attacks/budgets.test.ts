import { osWalls, useOsWalls } from '@lockstep/test-harness/runner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUDGET_ATTACKS, WALL_ATTACKS, type WallAttack } from '../../attacks/budgets.ts';
import { bundleAttack, forEach, runNaively, runWalled, verdictOf, type NaiveRun } from './support.ts';

/** Long enough for anything honest here, and for nothing else. */
const CONTROL_MS = 1_500;
/** A run is stopped after so many ms, and alone after ten times as many. */
const SLICE_MS = 40;
/** Memory is full before that, on a busy machine, too. */
const PATIENT_SLICE_MS = 5_000;

interface Outcome {
  readonly walled: string;
  readonly control: string;
  readonly logLines: number;
}

const outcomes = new Map<string, Outcome>();
const walls = new Map<string, { readonly walled: string; readonly control: NaiveRun }>();

function isStoppedHere({ needs }: WallAttack): boolean {
  return needs === undefined || osWalls().includes(needs);
}

async function makeWallAttack({ id, code, kind }: WallAttack): Promise<void> {
  const bundle = await bundleAttack(code);
  const limits = { sliceMs: kind === 'hang' ? SLICE_MS : PATIENT_SLICE_MS };
  const walled = verdictOf(await runWalled(bundle, { limits }));
  walls.set(id, { walled, control: await runNaively(bundle, kind === 'hang' ? CONTROL_MS : 20_000) });
}

beforeAll(async () => {
  await forEach(BUDGET_ATTACKS, async ({ id, code }) => {
    const bundle = await bundleAttack(code);
    const bounded = await runWalled(bundle, { record: true }, 'bounded/relay');
    const logLines = bounded.rows[0]?.trace?.filter(({ kind }) => kind === 'log').length ?? 0;
    const control = verdictOf(await runWalled(bundle, {}, 'boundless/relay'));
    outcomes.set(id, { walled: verdictOf(bounded), control, logLines });
  });
  // The walls of the system are not needed, but for what is said to need one.
  useOsWalls('off');
  await forEach(
    WALL_ATTACKS.filter(({ needs }) => needs === undefined),
    makeWallAttack,
  );
  useOsWalls('auto');
  for (const attack of WALL_ATTACKS) if (attack.needs !== undefined) await makeWallAttack(attack);
}, 300_000);

afterAll(() => useOsWalls('auto'));

describe('the walls of budgets', () => {
  test.each(BUDGET_ATTACKS)('stop $id, which works where nobody counts', ({ id, property }) => {
    const { walled, control, logLines } = outcomes.get(id) ?? {};
    expect(walled).toBe(property === undefined ? 'pass' : `budget: ${property}`);
    // Each of the two servers may say so much, and that there was more.
    expect(logLines).toBeLessThanOrEqual(202);
    expect(control).toBe('pass');
  });
});

describe('the walls of time and memory', () => {
  test.each(WALL_ATTACKS)('stop $id, and nothing else would', (attack) => {
    const { walled, control } = walls.get(attack.id) ?? {};
    if (isStoppedHere(attack)) expect(walled).toBe(`${attack.kind}: ${attack.property}`);
    // Without them a loop goes on until somebody ends it, and what hoards earns the points.
    expect(control).toEqual({ hasStarted: true, verdict: attack.kind === 'hang' ? undefined : 'pass' });
  });

  test('cost the run that meets them, and no other one', async () => {
    const code = `export default (host: any) => {
      let held: string | undefined;
      host.serve({ hold: (value: string) => { held = value; } });
      if (Math.random() < 0.5) host.clock.after(1, () => { for (;;); });
      return { put: (value: string) => void host.peer('n2').hold(value), get: () => held };
    };`;
    const seeds = ['1', '2', '3', '4', '5', '6', '7', '8'];
    const runs = seeds.map((seed) => ({ test: 'relay/A/handover', seed }));
    const limits = { sliceMs: SLICE_MS, lostRuns: 100 };
    const { rows } = await runWalled(await bundleAttack(code), { limits, runs });
    const passed = rows.filter(({ verdict }) => verdict.status === 'pass').map(({ seed }) => seed);
    const again = await runWalled(await bundleAttack(code), {
      limits,
      runs: runs.filter(({ seed }) => passed.includes(seed)),
    });
    expect(rows).toHaveLength(8);
    expect(passed.length).toBeGreaterThan(0);
    expect(passed.length).toBeLessThan(8);
    expect(again.rows.map(({ traceHash }) => traceHash)).toEqual(
      rows.filter(({ seed }) => passed.includes(seed)).map(({ traceHash }) => traceHash),
    );
  });
});

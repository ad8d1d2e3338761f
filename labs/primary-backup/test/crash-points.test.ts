import { CALM, overridesOf } from '@lockstep/test-harness/explore';
import type { CrashPoint, Schedule } from '@lockstep/test-harness/explore';
import { buildReference, discoverLabs, runJob } from '@lockstep/test-harness/runner';
import type { LabInfo, Row } from '@lockstep/test-harness/runner';
import { describe, expect, it } from 'vitest';

/** All runs together take a few seconds. */
const PATIENCE_MS = 240_000;

async function run(lab: LabInfo, scenario: string, schedules: readonly Schedule[]): Promise<readonly Row[]> {
  const built = await buildReference(lab);
  if (!built.ok) throw new Error(built.message);
  const runs = schedules.map((schedule) => {
    return {
      test: `primary-backup/scenario/${scenario}`,
      seed: '1',
      plan: schedule.plan,
      overrides: overridesOf(schedule),
    };
  });
  // The wall clock of a busy machine is not what is tested.
  const limits = { sliceMs: 20_000 };
  const job = { lab, implementation: built.bundle, layers: {}, runs, limits, explore: true };
  const { rows, internalError } = await runJob(job, () => undefined);
  if (internalError !== undefined) throw new Error(internalError);
  return rows;
}

/** Everywhere where one of these servers can crash in the scenario's calm run: after each of its effects. */
async function crashPoints(lab: LabInfo, scenario: string, nodes: readonly string[]): Promise<CrashPoint[]> {
  const [calm] = await run(lab, scenario, [CALM]);
  const effects = calm?.exploration?.effects ?? {};
  return nodes.flatMap((node) =>
    Array.from({ length: effects[node] ?? 0 }, (_, i) => ({ node, afterEffects: i + 1 })),
  );
}

async function brokenAt(lab: LabInfo, scenario: string, points: readonly CrashPoint[]): Promise<string[]> {
  const rows = await run(
    lab,
    scenario,
    points.map((point) => ({ plan: { crashes: [point] }, overrides: {} })),
  );
  return rows.flatMap(({ verdict }, i) =>
    verdict.status === 'fail'
      ? [`${points[i]?.node} after ${points[i]?.afterEffects} effects: ${verdict.message}`]
      : [],
  );
}

async function findLab(): Promise<LabInfo> {
  const lab = (await discoverLabs()).find(({ id }) => id === 'primary-backup');
  if (lab === undefined) throw new Error('the lab is not among the labs');
  return lab;
}

describe('a crash after each message, packet and call of a short run', { timeout: PATIENCE_MS }, () => {
  it('of either server is survived by the other', async () => {
    const lab = await findLab();
    const points = await crashPoints(lab, 'failover', ['n1', 'n2']);
    // Six requests, a timer, and some heartbeats.
    expect(points.filter(({ node }) => node === 'n1').length).toBeGreaterThan(25);
    expect(points.filter(({ node }) => node === 'n2').length).toBeGreaterThan(15);
    expect(await brokenAt(lab, 'failover', points)).toEqual([]);
  });

  it('of a new backup, before, during and after its copy, is survived by its primary', async () => {
    const lab = await findLab();
    const points = await crashPoints(lab, 'restored', ['n3']);
    expect(points.length).toBeGreaterThan(15);
    expect(await brokenAt(lab, 'restored', points)).toEqual([]);
  });
});

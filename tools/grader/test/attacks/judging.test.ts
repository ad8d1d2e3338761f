import * as esbuild from 'esbuild';
import { join } from 'node:path';
import { discoverLabs, runJob, type JobOutcome, type LabInfo } from '@lockstep/test-harness/runner';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BRINGS_ITS_OWN_DRIVER,
  FAKE_RAFTS,
  FORGES_A_VERDICT,
  GUESSES_VALUES,
  MEASURES_TWICE,
  LOOKS_AROUND,
  RECOVERS_THE_SEED,
  type FakeRaft,
} from '../../attacks/judging.ts';
import { graderSeed, homeSeed, secretSeed } from '../../src/index.ts';
import { attackLab, ATTACKS, bundleAttack, forEach, runNaively, runWalled, verdictOf } from './support.ts';

const HANDOVER = 'relay/A/handover';
const RAFT_TEST = 'raft/B/basic-agree';

interface Outcome {
  readonly judged: string;
  readonly unjudged: string;
}

const outcomes = new Map<string, Outcome>();

async function runOnRaft({ code }: FakeRaft, lab: LabInfo): Promise<JobOutcome> {
  const implementation = await bundleAttack(code, {}, 'raft.ts');
  const runs = [{ test: RAFT_TEST, seed: '1' }];
  return runJob({ lab, implementation, layers: {}, runs }, () => undefined);
}

beforeAll(async () => {
  const raft = (await discoverLabs()).find(({ id }) => id === 'raft');
  const unjudged = await attackLab('unjudged/raft');
  if (raft === undefined) throw new Error('there is no Raft lab to attack');
  await forEach(FAKE_RAFTS, async (attack) => {
    outcomes.set(attack.id, {
      judged: verdictOf(await runOnRaft(attack, raft)),
      unjudged: verdictOf(await runOnRaft(attack, unjudged)),
    });
  });
}, 120_000);

describe('the wall of judging', () => {
  test.each(FAKE_RAFTS)('stops a Raft that $id', ({ id, property, worksUnjudged }) => {
    const { judged, unjudged } = outcomes.get(id) ?? {};
    expect(judged).toBe(`safety: ${property}`);
    if (worksUnjudged) expect(unjudged).toBe('pass');
  });

  test('has some that earn points where nobody judges', () => {
    expect(FAKE_RAFTS.filter(({ worksUnjudged }) => worksUnjudged).length).toBeGreaterThan(1);
  });
});

describe('code that wants to be its own judge', () => {
  const LOOKS_LIKE_A_RAFT = `export default () => ({
    start() {}, status: () => ({ term: 0, isLeader: false }), snapshot() {},
  });`;

  async function runOnKv(code: string, layer: string): Promise<JobOutcome> {
    const lab = (await discoverLabs()).find(({ id }) => id === 'kv');
    if (lab === undefined) throw new Error('there is no key/value lab to attack');
    const implementation = await bundleAttack(code, {}, 'kv.ts');
    const layers = { raft: await bundleAttack(layer, {}, 'raft.ts') };
    const runs = [{ test: 'kv/B/basic', seed: '1' }];
    return runJob({ lab, implementation, layers, runs, record: true }, () => undefined);
  }

  test('is not taken for the driver of the lab, whatever its promise gives', async () => {
    const lab = (await discoverLabs()).find(({ id }) => id === 'raft');
    if (lab === undefined) throw new Error('there is no Raft lab to attack');
    const implementation = await bundleAttack(BRINGS_ITS_OWN_DRIVER, {}, 'raft.ts');
    const runs = [{ test: RAFT_TEST, seed: '1' }];
    const outcome = await runJob({ lab, implementation, layers: {}, runs }, () => undefined);
    expect(verdictOf(outcome)).toBe('crash: contract');
  });

  test('finds no violation to forge in one that it catches', async () => {
    const outcome = await runOnKv(FORGES_A_VERDICT, LOOKS_LIKE_A_RAFT);
    expect(verdictOf(outcome)).toBe('liveness: progress');
  });

  test('has its snapshots read once: what is measured is what Raft gets', async () => {
    const layer = LOOKS_LIKE_A_RAFT.replace(
      'snapshot() {}',
      'snapshot(index: number, data: any) { void data.data; }',
    );
    const { rows } = await runOnKv(MEASURES_TWICE, layer);
    const said = (rows[0]?.trace ?? []).filter(({ kind }) => kind === 'log').map(({ text }) => text);
    expect([...new Set(said)]).toEqual(['[kv] read 1']);
  });
});

describe('values that nobody has sent', () => {
  test('cannot be guessed, unless they are numbered', async () => {
    const bundle = await bundleAttack(GUESSES_VALUES);
    expect(verdictOf(await runWalled(bundle))).toBe('safety: handover');
    expect(verdictOf(await runWalled(bundle, {}, 'numbered/relay'))).toBe('pass');
  });
});

describe("the run's seed", () => {
  /** The oracle as one file, without Node. */
  async function oracle(): Promise<string> {
    const { outputFiles } = await esbuild.build({
      entryPoints: [join(ATTACKS, 'oracle.ts')],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      alias: { 'node:crypto': join(ATTACKS, 'oracle-crypto.ts') },
      logLevel: 'silent',
    });
    return outputFiles[0]?.text ?? '';
  }

  test('is recovered from what a server draws when anybody can know it, and never when it is secret', async () => {
    const bundle = await bundleAttack(RECOVERS_THE_SEED, { 'oracle.ts': await oracle() });
    const secret = secretSeed('a secret of this course', HANDOVER, 0);
    const seeds = [homeSeed(3), graderSeed(2), secret];
    const runs = seeds.map((seed) => ({ test: HANDOVER, seed }));
    const { rows } = await runWalled(bundle, { runs });
    // The control: for known seeds it earns the points without a single message.
    expect(rows.map(({ verdict }) => verdict.status)).toEqual(['pass', 'pass', 'fail']);
    expect(rows.map(({ counters }) => counters.messages)).toEqual([0, 0, 0]);
  });
});

describe('a submission that looks around', () => {
  test('sees nothing that tells a grading from a run at home', async () => {
    const bundle = await bundleAttack(LOOKS_AROUND);
    const said = async (seed: string): Promise<string[]> => {
      const { rows } = await runWalled(bundle, { record: true, runs: [{ test: HANDOVER, seed }] });
      const log = rows[0]?.trace?.filter(({ kind }) => kind === 'log') ?? [];
      return log.map(({ node, text }) => `${node ?? ''} ${text}`);
    };
    const atHome = await said(homeSeed(0));
    expect(atHome.length).toBeGreaterThan(20);
    expect(await said(secretSeed('a secret of this course', HANDOVER, 0))).toEqual(atHome);
    expect(atHome.join('\n')).not.toMatch(/\/work\/|\/tmp\/|node_modules|test-harness/);
    // Its look is keen enough: where there is no wall, it sees a process.
    expect(atHome.join('\n')).toMatch(/process=undefined/);
    expect((await runNaively(bundle)).verdict).toBe('pass');
  });
});

import * as esbuild from 'esbuild';
import { join } from 'node:path';
import { discoverLabs, runJob, type JobOutcome, type LabInfo } from '@lockstep/test-harness/runner';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  FAKE_RAFTS,
  GUESSES_VALUES,
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

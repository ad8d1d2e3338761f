import { discoverLabs, runJob } from '@lockstep/test-harness/runner';
import { describe, expect, test } from 'vitest';
import { WALK } from '../../../../test-harness/test/load/walk.ts';
import { TAKERS } from '../../attacks/sharing.ts';
import { bundleAttack } from './support.ts';

describe('what a lab gives to the code on its nodes', () => {
  test.each(Object.entries(TAKERS))('%s: is a place to write on for none but one', async (id, taker) => {
    const labs = await discoverLabs();
    const lab = labs.find((one) => one.id === id);
    if (lab === undefined) throw new Error(`there is no lab ${id}`);
    const implementation = await bundleAttack(`${WALK}\n${taker.code}`, {}, lab.entry);
    const layers = Object.fromEntries(
      await Promise.all(lab.layers.map(async (layer) => [layer, await raftThatDoesNothing()] as const)),
    );
    const runs = [{ test: taker.test, seed: '1' }];
    const job = { lab, implementation, layers, runs, record: true };
    const { rows, internalError } = await runJob(job, () => undefined);
    const said = (rows[0]?.trace ?? []).filter(({ kind }) => kind === 'log');
    expect(internalError).toBeUndefined();
    expect(new Set(said.map(({ node }) => node)).size).toBeGreaterThan(1);
    expect(said.filter(({ text }) => !text.endsWith('found nothing'))).toEqual([]);
  });
});

function raftThatDoesNothing(): ReturnType<typeof bundleAttack> {
  const code = `export default () => ({ start() {}, status: () => ({ term: 0, isLeader: false }), snapshot() {} });`;
  return bundleAttack(code, {}, 'raft.ts');
}

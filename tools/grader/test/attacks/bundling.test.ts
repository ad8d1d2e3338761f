import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildFolder, useOsWalls } from '@lockstep/test-harness/runner';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUNDLING_ATTACKS, type BundlingAttack } from '../../attacks/bundling.ts';
import { forEach, temporaryFolder } from './support.ts';

const CANARY = 'canary-of-the-bundling-attacks';

/** What became of an attack: what our build says, and what a bundler that trusts the submission makes of it. */
interface Outcome {
  readonly message: string;
  readonly leaks: boolean;
  readonly trusting: string;
}

const outcomes = new Map<string, Outcome>();

// The walls of the system would hide what the bundler looks for: it must not look for it.
beforeAll(async () => {
  useOsWalls('off');
  await forEach(BUNDLING_ATTACKS, async (attack) => void outcomes.set(attack.id, await make(attack)));
}, 300_000);
afterAll(() => useOsWalls('auto'));

async function make({ files, finds }: BundlingAttack): Promise<Outcome> {
  const outside = temporaryFolder();
  writeFileSync(join(outside, 'secret.json'), JSON.stringify({ secret: CANARY }));
  const folder = join(outside, 'submission');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const text = content
      .replaceAll('SECRET', join(outside, 'secret.json'))
      .replaceAll('UP', '..')
      .replaceAll('OUTSIDE', outside);
    writeFileSync(join(folder, path), text);
  }
  const built = await buildFolder(folder, { entry: 'relay.ts' });
  const trusting = finds === undefined ? '' : await bundleTrustingly(join(folder, 'relay.ts'));
  if (!built.ok) return { message: built.message, leaks: built.message.includes(CANARY), trusting };
  return { message: '', leaks: built.bundle.js.includes(CANARY), trusting };
}

/** The wall taken away: the bundler as it comes. */
async function bundleTrustingly(entry: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

describe('the wall of the bundler', () => {
  test.each(BUNDLING_ATTACKS.map((attack) => [attack.id, attack] as const))('stops %s', (id, attack) => {
    const outcome = outcomes.get(id);
    expect(outcome?.message).toMatch(attack.refusal);
    expect(outcome?.leaks).toBe(false);
    expect(outcome?.message.includes('\n')).toBe(false);
  });

  test.each(
    BUNDLING_ATTACKS.filter(({ finds }) => finds !== undefined).map(({ id, finds }) => [id, finds] as const),
  )('is what keeps %s from working', (id, finds) => {
    const { trusting = '' } = outcomes.get(id) ?? {};
    if (finds === 'secret') expect(trusting).toContain(CANARY);
    else expect(trusting).not.toBe('');
  });

  test('leaves an honest submission alone while others crash the bundler', async () => {
    const bomb = BUNDLING_ATTACKS.find(({ id }) => id === 'nests-brackets');
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'relay.ts'), 'export default () => 1;');
    const attack = bomb === undefined ? undefined : make(bomb);
    const [honest] = await Promise.all([buildFolder(folder, { entry: 'relay.ts' }), attack]);
    expect(honest.ok).toBe(true);
  });
});

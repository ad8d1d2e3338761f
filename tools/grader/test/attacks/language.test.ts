import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useOsWalls } from '@lockstep/test-harness/runner';
import { beforeAll, describe, expect, test } from 'vitest';
import { LANGUAGE_ATTACKS } from '../../attacks/language.ts';
import { ATTACKS, bundleAttack, forEach, runNaively, runWalled } from './support.ts';

interface Outcome {
  readonly walled: string;
  readonly naive: unknown;
}

const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
  // The wall of the language has to stand alone.
  useOsWalls('off');
  await forEach(LANGUAGE_ATTACKS, async ({ id, code }) => {
    const bundle = await bundleAttack(code);
    const { rows, internalError } = await runWalled(bundle);
    const walled = internalError ?? rows[0]?.verdict.status ?? 'nothing';
    outcomes.set(id, { walled, naive: (await runNaively(bundle)).verdict });
  });
  useOsWalls('auto');
}, 300_000);

describe('the wall of the language, without any other', () => {
  test('lets honest code through', async () => {
    const code = readFileSync(join(ATTACKS, 'relay/reference/src/index.ts'), 'utf8');
    const bundle = await bundleAttack(code);
    const { rows } = await runWalled(bundle, {
      runs: ['relay/A/handover', 'relay/A/cut'].map((id) => ({ test: id, seed: '1' })),
    });
    expect(rows.map(({ verdict }) => verdict.status)).toEqual(['pass', 'pass']);
    expect((await runNaively(bundle)).verdict).toBe('pass');
  });

  test.each(LANGUAGE_ATTACKS.map(({ id }) => id))('stops %s, which works without it', (id) => {
    expect(outcomes.get(id)).toEqual({ walled: 'fail', naive: 'pass' });
  });
});

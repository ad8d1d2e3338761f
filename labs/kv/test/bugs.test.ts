import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBug } from '@lockstep/test-harness/load';
import { buildReference, discoverLabs } from '@lockstep/test-harness/runner';
import { describe, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '..', 'bugs');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
/** A bundle takes a moment, and there is one for each bug. */
const PATIENCE_MS = 120_000;

describe('the catalogue of bugs', () => {
  it('names each bug after its file', () => {
    expect(files.map((name) => parseBug(read(name), name).id)).toEqual(
      files.map((name) => name.slice(0, -5)),
    );
  });

  it('still fits the reference, bug by bug', { timeout: PATIENCE_MS }, async () => {
    const labs = await discoverLabs();
    const refused: string[] = [];
    for (const name of files) {
      const { layer = 'kv' } = parseBug(read(name), name);
      const lab = labs.find(({ id }) => id === layer);
      if (lab === undefined) throw new Error(`${layer} is not among the labs`);
      const built = await buildReference(lab, join(folder, name));
      if (!built.ok) refused.push(built.message);
    }
    expect(refused).toEqual([]);
  });

  it('has a row for every bug in its README, and for no other', () => {
    const rows = [...read('README.md').matchAll(/^\| `([a-z0-9-]+)` +\|/gm)].map(([, id]) => `${id}.json`);
    expect(rows.toSorted()).toEqual(files.toSorted());
  });
});

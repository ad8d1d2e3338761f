import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildReference } from '@lockstep/test-harness/runner';
import { parseBug } from '@lockstep/test-harness/load';
import { describe, expect, it } from 'vitest';
import { findLab } from './child.ts';

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
    const lab = await findLab();
    const refused: string[] = [];
    for (const name of files) {
      const built = await buildReference(lab, join(folder, name));
      if (!built.ok) refused.push(built.message);
    }
    expect(refused).toEqual([]);
  });

  it('has no two bugs that are the same change', () => {
    const changes = files.map((name) => JSON.stringify(parseBug(read(name), name).changes));
    expect(new Set(changes).size).toBe(files.length);
  });

  it('has a row for every bug in its README, and for no other', () => {
    const rows = [...read('README.md').matchAll(/^\| `([a-z0-9-]+)` +\|/gm)].map(([, id]) => `${id}.json`);
    expect(rows.toSorted()).toEqual(files.toSorted());
  });
});

import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSubmission } from '@lockstep/test-harness/runner';
import { describe, expect, test } from 'vitest';
import {
  makeTar,
  makeTgz,
  makeZip,
  type ArchiveEntry,
} from '../../../../test-harness/test/load/make-archive.ts';
import { INGEST_ATTACKS, type IngestAttack } from '../../attacks/ingest.ts';
import { temporaryFolder } from './support.ts';

const FORMATS = { zip: makeZip, tgz: makeTgz, tar: makeTar } as const;

/** The entries, with the place where an absolute name would land put in. */
function entriesOf({ entries }: IngestAttack, out: string): ArchiveEntry[] {
  return entries.map((entry) => ({ ...entry, name: entry.name.toString().replace('/OUT', out) }));
}

/** What a person has who reads the archive into memory, and what lies about afterwards. */
async function read(
  attack: IngestAttack,
  format: keyof typeof FORMATS,
): Promise<[message: string, left: boolean]> {
  const outside = temporaryFolder();
  const path = join(outside, `in.${format}`);
  writeFileSync(path, FORMATS[format](entriesOf(attack, outside)));
  const outcome = await readSubmission({ name: 'in', path });
  return [outcome.ok ? '' : outcome.message, existsSync(join(outside, 'escaped.ts'))];
}

describe('the wall of reading', () => {
  test.each(INGEST_ATTACKS.map((attack) => [attack.id, attack] as const))('stops %s', async (_id, attack) => {
    for (const format of ['zip', 'tgz', 'tar'] as const) {
      const [message, left] = await read(attack, format);
      expect(message).toMatch(attack.refusal);
      expect(message).not.toContain('\n');
      expect(left).toBe(false);
    }
  });

  test.each(
    INGEST_ATTACKS.filter(({ leaves }) => leaves !== undefined).map((attack) => [attack.id, attack] as const),
  )('is what keeps %s from working', (_id, attack) => {
    const outside = temporaryFolder();
    mkdirSync(join(outside, 'in'));
    writeFileSync(join(outside, 'in.tar'), makeTar(entriesOf(attack, outside)));
    // The wall taken away: a tool that does what the archive says.
    execFileSync('tar', ['-xPf', join(outside, 'in.tar'), '-C', join(outside, 'in')], { stdio: 'ignore' });
    const left = join(outside, (attack.leaves ?? '').replace('OUT/', ''));
    expect(lstatSync(left, { throwIfNoEntry: false })).toBeDefined();
  });
});

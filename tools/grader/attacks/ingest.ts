import type { ArchiveEntry } from '../../../test-harness/test/load/make-archive.ts';

/*
 * The wall of reading: an archive is read in memory and never unpacked, so that nothing in it can land elsewhere.
 */

/** An archive that wants to write, or read, elsewhere. `OUT` stands for where it would land when it is unpacked. */
export interface IngestAttack {
  readonly id: string;
  readonly entries: readonly ArchiveEntry[];
  readonly refusal: RegExp;
  /** What unpacking with the system's own tool leaves behind, from the folder above; the attack is one because of it. */
  readonly leaves?: string;
}

const ENTRY: ArchiveEntry = { name: 'relay.ts', content: 'export default () => ({});' };

/** All attacks by archives. */
export const INGEST_ATTACKS: readonly IngestAttack[] = [
  {
    id: 'climbs-out',
    entries: [ENTRY, { name: '../escaped.ts', content: 'x' }],
    refusal: /leads out of the archive/,
    leaves: 'escaped.ts',
  },
  {
    id: 'climbs-out-from-below',
    entries: [
      { name: 'a/b/', content: '' },
      { name: 'a/b/../../../escaped.ts', content: 'x' },
    ],
    refusal: /leads out of the archive/,
  },
  {
    id: 'absolute',
    entries: [ENTRY, { name: '/OUT/escaped.ts', content: 'x' }],
    refusal: /leads out of the archive/,
    leaves: 'OUT/escaped.ts',
  },
  {
    id: 'link-to-the-passwords',
    entries: [ENTRY, { name: 'data.json', linkTo: '/etc/passwd' }],
    refusal: /"data\.json" is a link/,
    leaves: 'in/data.json',
  },
  {
    id: 'link-to-a-folder-then-into-it',
    entries: [
      { name: 'lib', linkTo: '..' },
      { name: 'lib/escaped.ts', content: 'x' },
    ],
    refusal: /"lib" is a link/,
    leaves: 'escaped.ts',
  },
  { id: 'device', entries: [ENTRY, { name: 'zero.ts', isSpecial: true }], refusal: /not a regular file/ },
  { id: 'same-name-twice', entries: [ENTRY, ENTRY], refusal: /Two files are both called/ },
  {
    id: 'same-name-in-two-forms',
    entries: [{ name: 'é.ts' }, { name: 'e\u0301.ts' }],
    refusal: /in different Unicode forms/,
  },
  {
    id: 'windows-drive',
    entries: [ENTRY, { name: 'C:\\Windows\\x.ts' }],
    refusal: /leads out of the archive/,
  },
  { id: 'alternate-stream', entries: [{ name: 'relay.ts:hidden.ts', content: 'x' }], refusal: /^$/ },
  {
    id: 'deep',
    entries: [{ name: `${'a/'.repeat(20)}x.ts` }],
    refusal: /nested more than/,
  },
  {
    id: 'many',
    entries: Array.from({ length: 2100 }, (_, i) => ({ name: `f${i}.ts` })),
    refusal: /more than 2000 source files/,
  },
];

import { isIgnored, Refusal, show } from './sources.ts';
import type { SourceCollector } from './sources.ts';

/** What kind of thing an archive's entry is. */
export type EntryKind = 'file' | 'folder' | 'link' | 'other';

/**
 * The path of an entry that is to be looked at; `undefined` for one to be ignored.
 *
 * @throws {@link Refusal} for what could lead out of the archive.
 */
export function admitEntry(raw: string, kind: EntryKind, collector: SourceCollector): string | undefined {
  collector.countEntry();
  // Some tools for Windows write backslashes.
  const name = raw.replaceAll('\\', '/');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name) || parts.includes('..') || name.includes('\0')) {
    throw new Refusal(
      'refused-file',
      `${show(raw)} leads out of the archive; make the archive of a plain folder.`,
    );
  }
  if (parts.some(isIgnored)) return undefined;
  const path = parts.join('/');
  collector.checkLength(path);
  if (kind === 'link') {
    throw new Refusal('refused-file', `${show(path)} is a link; hand in the file itself.`);
  }
  if (kind === 'other') {
    throw new Refusal('refused-file', `${show(path)} is not a regular file; remove it.`);
  }
  collector.checkDepth(path, parts.length - 1);
  return kind === 'file' && collector.wants(path) ? path : undefined;
}

import { basename } from 'node:path';
import { readTar } from './archive-tar.ts';
import { readZip } from './archive-zip.ts';
import { Refusal, show, SourceCollector } from './sources.ts';
import type { Sources } from './sources.ts';

/** Names that archives go by. */
export const ARCHIVE_NAME = /\.(zip|tgz|tar\.gz|tar)$/i;

/**
 * Reads the source files out of an archive, in memory: nothing of it is ever unpacked onto a disk. What it is, its
 * first bytes say; people rename files.
 *
 * @param bytes the whole archive.
 * @param path where it came from, for its name.
 * @throws {@link Refusal} with one sentence for the person who handed it in.
 */
export async function readArchive(bytes: Uint8Array, path: string): Promise<Sources> {
  const collector = new SourceCollector('archive');
  const name = basename(path);
  if (bytes.length === 0) throw new Refusal('refused-file', `${show(name)} is empty: it has no bytes.`);
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (data[0] === 0x50 && data[1] === 0x4b) await readZip(data, collector);
    else if (data[0] === 0x1f && data[1] === 0x8b) await readTar(data, true, collector);
    else if (data.subarray(257, 262).toString('latin1') === 'ustar') await readTar(data, false, collector);
    else throw new Refusal('refused-file', `${show(name)} is neither a zip archive nor a tar archive.`);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('refused-file', `${show(name)} is damaged: ${describe(error)}.`);
  }
  return collector.finish(name.replace(ARCHIVE_NAME, ''), path);
}

/** The first sentence of what a library says; the others are advice. */
function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : 'it cannot be read';
  return (text.split('. ')[0] ?? text)
    .replace(/[^\x20-\x7e]/g, ' ')
    .replace(/\.$/, '')
    .slice(0, 200);
}

import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readArchive } from './archive.ts';
import { describeBytes, INGEST_LIMITS, isIgnored, Refusal, show, SourceCollector } from './sources.ts';
import type { Sources } from './sources.ts';

/**
 * Reads a submission into memory: a folder, or an archive (`.zip`, `.tgz`, `.tar.gz`, `.tar`).
 *
 * @throws {@link Refusal} with one sentence for the person who handed it in.
 */
export async function ingest(path: string): Promise<Sources> {
  const absolute = resolve(path);
  const stats = statOf(absolute);
  if (stats === undefined) throw new Refusal('no-folder', `There is no folder or archive ${path}.`);
  if (stats.isDirectory()) return ingestFolder(path);
  if (stats.isSymbolicLink())
    throw new Refusal('refused-file', `${show(path)} is a symbolic link; hand in the file itself.`);
  if (!stats.isFile()) throw new Refusal('no-folder', `${path} is neither a folder nor an archive.`);
  if (stats.size > INGEST_LIMITS.archiveBytes) {
    const limit = describeBytes(INGEST_LIMITS.archiveBytes);
    throw new Refusal('refused-file', `The archive is larger than ${limit}.`);
  }
  return readArchive(readOnce(absolute, stats, basename(path)), absolute);
}

/**
 * Reads a submission's folder into memory. Takes nothing that could lead outside: links and special files
 * are refused. What is no TypeScript or JSON file is ignored, and so are `node_modules` and dot files.
 *
 * @throws {@link Refusal} with one sentence for the person who handed the folder in.
 */
export function ingestFolder(folder: string): Sources {
  const root = resolve(folder);
  const stats = statOf(root);
  if (stats === undefined) throw new Refusal('no-folder', `There is no folder ${folder}.`);
  if (!stats.isDirectory()) throw new Refusal('no-folder', `${folder} is not a folder.`);
  const reader = new FolderReader(root);
  reader.walk('', 0);
  return reader.collector.finish(basename(root), root);
}

/**
 * Reads files that were handed in one by one.
 *
 * @param files absolute paths, by the names under which they were handed in.
 * @throws {@link Refusal}
 */
export function ingestFiles(name: string, root: string, files: ReadonlyMap<string, string>): Sources {
  const collector = new SourceCollector('submission');
  for (const [path, absolute] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    collector.countEntry();
    collector.checkLength(path);
    const stats = statOf(absolute);
    if (stats !== undefined) takeFile(collector, path, absolute, stats);
  }
  return collector.finish(name, root);
}

class FolderReader {
  readonly collector = new SourceCollector('folder');
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  walk(folder: string, depth: number): void {
    this.collector.checkDepth(folder, depth);
    for (const name of readdirSync(join(this.#root, folder)).sort()) {
      if (isIgnored(name)) continue;
      this.collector.countEntry();
      this.#take(folder === '' ? name : `${folder}/${name}`, depth);
    }
  }

  #take(path: string, depth: number): void {
    this.collector.checkLength(path);
    const stats = statOf(join(this.#root, path));
    if (stats === undefined) return;
    if (stats.isDirectory()) return this.walk(path, depth + 1);
    takeFile(this.collector, path, join(this.#root, path), stats);
  }
}

function takeFile(collector: SourceCollector, path: string, absolute: string, stats: Stats): void {
  if (stats.isSymbolicLink()) {
    throw new Refusal('refused-file', `${show(path)} is a symbolic link; hand in the file itself.`);
  }
  if (!stats.isFile()) {
    throw new Refusal('refused-file', `${show(path)} is not a regular file; remove it.`);
  }
  if (!collector.wants(path)) return;
  if (stats.nlink > 1) {
    throw new Refusal('refused-file', `${show(path)} is a hard link to a second name; hand in a copy.`);
  }
  if (collector.open(path, stats.size)) collector.take(path, readOnce(absolute, stats, path));
}

/**
 * Opens without following a link or waiting for a pipe, and makes sure that it is still the file that was looked at.
 */
function readOnce(absolute: string, stats: Stats, path: string): Uint8Array {
  const changed = new Refusal('refused-file', `${show(path)} changed while it was read; hand it in again.`);
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let file: number;
  try {
    file = openSync(absolute, flags);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ELOOP' || code === 'ENOENT') throw changed;
    throw new Refusal('refused-file', `${show(path)} cannot be read (${code ?? 'unknown error'}).`);
  }
  try {
    const opened = fstatSync(file);
    const isSame =
      opened.isFile() && opened.ino === stats.ino && opened.dev === stats.dev && opened.size === stats.size;
    if (!isSame) throw changed;
    const bytes = new Uint8Array(stats.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(file, bytes, filled, bytes.length - filled, null);
      if (count === 0) throw changed;
      filled += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

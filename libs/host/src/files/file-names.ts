import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FileError } from '@lockstep/api';

/** Which files of this machine a store shows, and under which names. */
export interface FileTree {
  /**
   * Folders, by the first part of the names that lie in them: `output/part-1` is the file `part-1` in `output`'s. The
   * folder of the empty name has all other names.
   */
  readonly folders: Readonly<Record<string, string>>;
  /** Single files by name, to be read only. They come before what a folder has under that name. */
  readonly files?: Readonly<Record<string, string>>;
}

const MAX_NAME_CHARACTERS = 1_000;

/** Maps names of a store to paths of this machine, and never to a path outside of its folders. */
export class FileNames {
  readonly #folders: ReadonlyMap<string, string>;
  readonly #files: ReadonlyMap<string, string>;

  constructor({ folders, files = {} }: FileTree) {
    this.#folders = absolute(folders);
    this.#files = absolute(files);
  }

  /** Where a file is read. */
  toRead(name: string): string {
    return this.#files.get(name) ?? this.#inFolder(name);
  }

  /** Where a file is written, renamed or removed. */
  toChange(name: string): string {
    if (this.#files.has(name)) throw new FileError('failed', `${show(name)} can only be read`);
    return this.#inFolder(name);
  }

  /** The names that begin with `prefix`, in the order of UTF-16 code units. */
  async list(prefix: string): Promise<string[]> {
    const found = new Set([...this.#files.keys()].filter((name) => name.startsWith(prefix)));
    for (const [name, path] of this.#folders) {
      const start = name === '' ? '' : `${name}/`;
      if (!mayHold(start, prefix)) continue;
      for (const below of await namesBelow(path, start, prefix)) found.add(below);
    }
    return [...found].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  #inFolder(name: string): string {
    const parts = String(name).split('/');
    const named = parts.length > 1 ? this.#folders.get(parts[0] ?? '') : undefined;
    const folder = named ?? this.#folders.get('');
    const rest = named === undefined ? parts : parts.slice(1);
    if (folder === undefined || rest.length === 0 || name.length > MAX_NAME_CHARACTERS || !rest.every(isPart))
      throw new FileError('not-found', `there is no place for a file named ${show(name)}`);
    return join(folder, ...rest);
  }
}

function absolute(paths: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(paths).map(([name, path]) => [name, resolve(path)]));
}

/** Hidden files are nobody's business: neither `.` and `..`, nor what others keep in the folder. */
function isPart(part: string): boolean {
  return part !== '' && !part.startsWith('.') && !part.includes('\0') && !part.includes('\\');
}

function mayHold(folder: string, prefix: string): boolean {
  return folder.startsWith(prefix) || prefix.startsWith(folder);
}

async function namesBelow(path: string, name: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(path)) {
    if (!isPart(entry.name)) continue;
    const below = name + entry.name;
    if (entry.isDirectory() && mayHold(`${below}/`, prefix)) {
      found.push(...(await namesBelow(join(path, entry.name), `${below}/`, prefix)));
    } else if (entry.isFile() && below.startsWith(prefix)) found.push(below);
  }
  return found;
}

async function entriesOf(
  path: string,
): Promise<readonly { name: string; isFile(): boolean; isDirectory(): boolean }[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function show(name: unknown): string {
  return JSON.stringify(String(name).slice(0, 100));
}

import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * The few operations on one directory that the disk is made of; what they promise about crashes is what a file system
 * does.
 */
export interface Files {
  /** The path of a file, for messages. */
  path(name: string): string;
  /** The whole content, or undefined when there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** `length` bytes from `position` on; fewer when the file ends before. Throws when there is no such file. */
  readPart(name: string, position: number, length: number): Promise<Uint8Array>;
  /** The names of all files. */
  list(): Promise<string[]>;
  /** The length of a file, or undefined when there is no such file. */
  size(name: string): Promise<number | undefined>;
  /** Opens a file for writing: an empty one, or (with `keep`) the one that is there. */
  open(name: string, keep?: 'keep'): Promise<OpenFile>;
  /** Replaces what `to` was, in one step. Durable after {@link syncDirectory}. */
  rename(from: string, to: string): Promise<void>;
  /** Harmless when there is no such file. */
  remove(name: string): Promise<void>;
  /** Makes renames and removals durable. */
  syncDirectory(): Promise<void>;
}

/** A file opened for writing. */
export interface OpenFile {
  /** Writes all of `bytes` at `position`. After a crash any part of it may be there. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Makes everything written so far durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Files of a directory of this machine, which is made if need be. */
export async function openDirectory(directory: string): Promise<Files> {
  const path = resolve(directory);
  const firstMade = await mkdir(path, { recursive: true });
  if (firstMade !== undefined) await syncParents(path, dirname(firstMade));
  return {
    path: (name) => join(path, name),
    read: (name) => unlessMissing(readFile(join(path, name))),
    readPart: (name, position, length) => readPart(join(path, name), position, length),
    list: () => readdir(path),
    size: async (name) => (await unlessMissing(stat(join(path, name))))?.size,
    open: async (name, keep) => new RealFile(await open(join(path, name), keep === 'keep' ? 'r+' : 'w')),
    rename: (from, to) => rename(join(path, from), join(path, to)),
    remove: (name) => rm(join(path, name), { force: true }),
    syncDirectory: () => syncDirectory(path),
  };
}

/** A directory is durable once its parent is. */
async function syncParents(path: string, last: string): Promise<void> {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    await syncDirectory(parent);
    if (parent === last || parent === dirname(parent)) return;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unlessMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readPart(path: string, position: number, length: number): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await handle.close();
  }
}

class RealFile implements OpenFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  /** The data and the file's length; not the times of access, which nobody misses. */
  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

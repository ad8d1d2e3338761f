import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Files that stay open after they were used; a merge of more files opens some of them again and again. */
const MAX_IDLE = 128;

interface OpenFile {
  readonly handle: Promise<FileHandle>;
  users: number;
  /** Closes as soon as nobody uses it. */
  isDoomed: boolean;
}

/** Keeps files open between uses, the latest used ones. */
export class OpenHandles {
  readonly #flags: 'r' | 'a';
  readonly #open = new Map<string, OpenFile>();

  /** @param flags `a` makes files that are not there, and their folders. */
  constructor(flags: 'r' | 'a') {
    this.#flags = flags;
  }

  /** Lets `use` have the open file. */
  async with<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#open.get(path) ?? { handle: this.#openFile(path), users: 0, isDoomed: false };
    // What was used last is last in the map.
    this.#open.delete(path);
    this.#open.set(path, file);
    file.users++;
    try {
      return await use(await file.handle);
    } catch (error) {
      if (this.#open.get(path) === file) this.#doom(path, file);
      throw error;
    } finally {
      file.users--;
      if (file.isDoomed) this.#closeIfUnused(file);
      else this.#closeOldest();
    }
  }

  /** The path will mean another file, or none. */
  forget(path: string): void {
    const file = this.#open.get(path);
    if (file !== undefined) this.#doom(path, file);
  }

  /** Closes all files, each when nobody uses it any more. */
  close(): void {
    for (const path of this.#open.keys()) this.forget(path);
  }

  async #openFile(path: string): Promise<FileHandle> {
    try {
      return await open(path, this.#flags);
    } catch (error) {
      if (this.#flags === 'r' || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await mkdir(dirname(path), { recursive: true });
      return open(path, this.#flags);
    }
  }

  #closeOldest(): void {
    if (this.#open.size <= MAX_IDLE) return;
    for (const [path, file] of this.#open) {
      if (file.users === 0) return this.#doom(path, file);
    }
  }

  #doom(path: string, file: OpenFile): void {
    this.#open.delete(path);
    file.isDoomed = true;
    this.#closeIfUnused(file);
  }

  #closeIfUnused(file: OpenFile): void {
    if (file.users > 0) return;
    // One that could not be opened, or closed, is closed.
    file.handle.then((handle) => handle.close()).catch(() => undefined);
  }
}

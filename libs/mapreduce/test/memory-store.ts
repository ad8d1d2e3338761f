import { FileError } from '@lockstep/api';
import type { FileStore } from '@lockstep/api';

/** A file store in memory, with blocks of a size that a test chooses. */
export class MemoryStore implements FileStore {
  readonly blockBytes: number;
  readonly #files = new Map<string, Uint8Array>();

  constructor(blockBytes: number, files: Readonly<Record<string, string>> = {}) {
    this.blockBytes = blockBytes;
    for (const [path, text] of Object.entries(files)) this.#files.set(path, new TextEncoder().encode(text));
  }

  text(path: string): string {
    return new TextDecoder().decode(this.#get(path));
  }

  size(path: string): Promise<number> {
    return this.#answer(() => this.#get(path).length);
  }

  list(prefix: string): Promise<readonly string[]> {
    return this.#answer(() => [...this.#files.keys()].filter((path) => path.startsWith(prefix)).sort());
  }

  read(path: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#answer(() => {
      if (length > this.blockBytes) throw new FileError('too-large', `${length} bytes at once`);
      return this.#get(path).slice(offset, offset + length);
    });
  }

  append(path: string, bytes: Uint8Array): Promise<void> {
    return this.#answer(() => {
      if (bytes.length > this.blockBytes) throw new FileError('too-large', `${bytes.length} bytes at once`);
      const old = this.#files.get(path) ?? new Uint8Array(0);
      this.#files.set(path, new Uint8Array([...old, ...bytes]));
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#answer(() => {
      const file = this.#get(from);
      if (this.#files.has(to)) throw new FileError('exists', `${to} exists`);
      this.#files.delete(from);
      this.#files.set(to, file);
    });
  }

  remove(path: string): Promise<void> {
    return this.#answer(() => void this.#files.delete(path));
  }

  #get(path: string): Uint8Array {
    const file = this.#files.get(path);
    if (file === undefined) throw new FileError('not-found', `there is no ${path}`);
    return file;
  }

  async #answer<T>(act: () => T): Promise<T> {
    await Promise.resolve();
    return act();
  }
}

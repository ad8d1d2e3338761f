import { link, mkdir, open, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileError } from '@lockstep/api';
import type { FileStore } from '@lockstep/api';
import { describeThrown } from '../describe-thrown.ts';
import { handled } from '../promises.ts';
import { FileNames } from './file-names.ts';
import type { FileTree } from './file-names.ts';
import { OpenHandles } from './open-handles.ts';

/** What `openFileStore` wants to know. */
export interface FileStoreOptions extends FileTree {
  /** See `FileStore.blockBytes`; 1 MiB unless given. */
  readonly blockBytes?: number;
  /**
   * Whether a renamed file is on the device before `rename` resolves; true unless given. Without it a file survives the
   * death of every process, but not a power cut: enough for what is made anew after one.
   */
  readonly isDurable?: boolean;
}

const DEFAULT_BLOCK_BYTES = 1_048_576;

/**
 * Files of this machine as a file store, which any number of processes may have open at the same time. Names have the
 * parts that paths have; parts that begin with a dot are not to be had.
 *
 * A rename makes a second name of the file and then removes the first one, so it needs a file system with hard links;
 * a crash between the two leaves both.
 */
export function openFileStore(options: FileStoreOptions): FileStore & { close(): void } {
  const store = new DirectoryStore(options);
  return Object.freeze({
    blockBytes: store.blockBytes,
    size: (path: string) => handled(store.size(path)),
    list: (prefix: string) => handled(store.list(prefix)),
    read: (path: string, offset: number, length: number) => handled(store.read(path, offset, length)),
    append: (path: string, bytes: Uint8Array) => handled(store.append(path, bytes)),
    rename: (from: string, to: string) => handled(store.rename(from, to)),
    remove: (path: string) => handled(store.remove(path)),
    close: () => store.close(),
  });
}

class DirectoryStore {
  readonly blockBytes: number;
  readonly #isDurable: boolean;
  readonly #names: FileNames;
  readonly #reading = new OpenHandles('r');
  readonly #appending = new OpenHandles('a');
  /** By path: what changes of the file have been asked for, to be done one after the other. */
  readonly #changes = new Map<string, Promise<unknown>>();

  constructor(options: FileStoreOptions) {
    this.blockBytes = options.blockBytes ?? DEFAULT_BLOCK_BYTES;
    this.#isDurable = options.isDurable ?? true;
    this.#names = new FileNames(options);
  }

  size(name: string): Promise<number> {
    return explained(name, async () => {
      const path = this.#names.toRead(name);
      await this.#changes.get(path);
      const found = await stat(path);
      if (!found.isFile()) throw new FileError('not-found', `${name} is no file`);
      return found.size;
    });
  }

  list(prefix: string): Promise<readonly string[]> {
    return explained(prefix, () => this.#names.list(prefix));
  }

  read(name: string, offset: number, length: number): Promise<Uint8Array> {
    return explained(name, async () => {
      this.#checkLength(name, length);
      const path = this.#names.toRead(name);
      await this.#changes.get(path);
      return this.#reading.with(path, (handle) => readPart(handle, offset, length));
    });
  }

  append(name: string, bytes: Uint8Array): Promise<void> {
    return explained(name, () => {
      this.#checkLength(name, bytes.length);
      const path = this.#names.toChange(name);
      return this.#change(path, () => this.#appending.with(path, (handle) => writeAll(handle, bytes)));
    });
  }

  rename(from: string, to: string): Promise<void> {
    return explained(from, () => {
      const [source, target] = [this.#names.toChange(from), this.#names.toChange(to)];
      return this.#change(source, async () => {
        if (this.#isDurable) await this.#reading.with(source, (handle) => handle.sync());
        await mkdir(dirname(target), { recursive: true });
        await linkNew(source, target, to);
        await this.#removeFile(source);
        this.#reading.forget(target);
        if (this.#isDurable) await syncFolder(dirname(target));
      });
    });
  }

  remove(name: string): Promise<void> {
    return explained(name, () => {
      const path = this.#names.toChange(name);
      return this.#change(path, () => this.#removeFile(path));
    });
  }

  close(): void {
    this.#reading.close();
    this.#appending.close();
  }

  async #removeFile(path: string): Promise<void> {
    this.#reading.forget(path);
    this.#appending.forget(path);
    await rm(path, { force: true });
  }

  /** Changes of one file take effect in the order in which they were asked for. */
  #change<T>(path: string, change: () => Promise<T>): Promise<T> {
    const before = this.#changes.get(path) ?? Promise.resolve();
    const result = before.then(change);
    const done = result
      .catch(() => undefined)
      .then(() => {
        if (this.#changes.get(path) === done) this.#changes.delete(path);
      });
    this.#changes.set(path, done);
    return result;
  }

  #checkLength(name: string, length: number): void {
    if (length <= this.blockBytes) return;
    throw new FileError(
      'too-large',
      `${length} bytes of ${name} at once; a block has ${this.blockBytes} at most`,
    );
  }
}

async function readPart(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += (await handle.write(bytes, done)).bytesWritten;
}

/** Unlike a rename of the system's, a link does not replace what is there. */
async function linkNew(source: string, target: string, name: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new FileError('exists', `there is a file ${name} already`);
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whatever the system says, as an error of the store. */
async function explained<T>(name: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof FileError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR')
      throw new FileError('not-found', `there is no file ${name}`);
    throw new FileError('failed', describeThrown(error));
  }
}

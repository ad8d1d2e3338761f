import type { FileStore, Json } from '@lockstep/api';

/**
 * How much intermediate data one worker has in memory at least: what its application has emitted since the worker last
 * wrote to its local disk. A buffer that is emptied whenever it is full is seen as large as it gets.
 */
export class HeldBytes {
  #sinceWrite = 0;
  /** The most that it has ever held, in bytes of keys and values. */
  most = 0;

  /** A pair is in the worker's hands. */
  emitted(key: string, value: Json): void {
    this.#sinceWrite += key.length + JSON.stringify(value).length;
    this.most = Math.max(this.most, this.#sinceWrite);
  }

  /** The local store, with its writes noticed. */
  watch(local: FileStore): FileStore {
    const append: FileStore['append'] = (path, bytes) => {
      const appended = local.append(path, bytes);
      // What is refused has emptied no buffer.
      this.#sinceWrite = 0;
      return appended;
    };
    return Object.freeze({ ...local, append: Object.freeze(append) });
  }
}

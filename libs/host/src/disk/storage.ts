import { DiskError } from '@lockstep/api';
import type { NodeId } from '@lockstep/api';
import { describeThrown } from '../describe-thrown.ts';
import type { Batch, Contents } from './contents.ts';
import type { Files } from './files.ts';
import { checkBatchBytes, LogFile } from './log-file.ts';
import { encodeBatch } from './record.ts';

/** Settings of a {@link Storage}. */
export interface StorageOptions {
  /** See `HostLimits.minGarbageBytes`. */
  readonly minGarbageBytes: number;
  /** Is told once, when an operation of the file system failed; nothing is written after that. */
  readonly failed?: (error: DiskError) => void;
}

interface PendingWrite {
  readonly content: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: DiskError) => void;
}

/**
 * The disk of a node, all scopes of it: contents in memory, and the log that brings them back. Writes that are
 * submitted while others are being made durable wait, and then share one step to the device.
 */
export class Storage {
  readonly #log: LogFile;
  readonly #contents: Contents;
  readonly #options: StorageOptions;
  /** Bytes of a torn tail that were dropped when the log was opened. */
  readonly droppedBytes: number;
  #pending: PendingWrite[] = [];
  #flushing: Promise<void> | undefined;
  #failure: DiskError | undefined;
  #isClosed = false;

  private constructor(log: LogFile, contents: Contents, droppedBytes: number, options: StorageOptions) {
    this.#log = log;
    this.#contents = contents;
    this.droppedBytes = droppedBytes;
    this.#options = options;
  }

  /**
   * Reads what is stored.
   *
   * @throws {@link DiskError} when the log is corrupt, or belongs to another node, or the file system fails.
   */
  static async open(files: Files, node: NodeId, options: StorageOptions): Promise<Storage> {
    try {
      const { log, contents, droppedBytes } = await LogFile.open(files, node);
      return new Storage(log, contents, droppedBytes, options);
    } catch (error) {
      throw toDiskError(error);
    }
  }

  /** What is stored, pending writes included. */
  get contents(): Pick<Contents, 'bytesOf' | 'read' | 'entries'> {
    return this.#contents;
  }

  /** Makes a batch visible at once, and durable by the time the promise resolves. */
  write(batch: Batch): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const content = encodeBatch(batch);
    return new Promise((resolve, reject) => {
      checkBatchBytes(content);
      this.#contents.apply(batch);
      this.#pending.push({ content, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Takes no more writes, waits for the one under way, and closes the file. Other writes stay unsettled. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#flushing;
    await this.#log.close();
  }

  async #flush(): Promise<void> {
    // Writes of the same turn go together.
    await Promise.resolve();
    while (this.#pending.length > 0 && !this.#isClosed && this.#failure === undefined) {
      const group = this.#pending;
      this.#pending = [];
      await this.#makeDurable(group);
    }
    this.#flushing = undefined;
  }

  async #makeDurable(group: readonly PendingWrite[]): Promise<void> {
    try {
      // A rewritten log holds all that is visible, so the group is in it.
      if (this.#hasMuchGarbage()) await this.#log.rewrite(this.#contents);
      else await this.#log.append(group.map(({ content }) => content));
    } catch (error) {
      return this.#fail(group, error);
    }
    for (const { resolve } of group) resolve();
  }

  #hasMuchGarbage(): boolean {
    const live = this.#contents.rewrittenBytes;
    return this.#log.bytes - live > Math.max(live, this.#options.minGarbageBytes);
  }

  /** What the device holds is unknown now, and to try again may hide that: the node has to be started anew. */
  #fail(group: readonly PendingWrite[], error: unknown): void {
    this.#failure = new DiskError(
      `the disk failed, and takes no writes until the node is started again: ${describeThrown(error)}`,
      { cause: error },
    );
    this.#options.failed?.(this.#failure);
    for (const { reject } of [...group, ...this.#pending]) reject(this.#failure);
    this.#pending = [];
  }
}

function toDiskError(error: unknown): DiskError {
  return error instanceof DiskError ? error : new DiskError(describeThrown(error), { cause: error });
}

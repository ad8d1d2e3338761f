import { DiskError } from '@lockstep/api';
import type { NodeId } from '@lockstep/api';
import { describeThrown } from '../describe-thrown.ts';
import type { Batch, Contents, Stored } from './contents.ts';
import type { Files } from './files.ts';
import { LargeValues } from './large-values.ts';
import { checkBatchBytes, LogFile } from './log-file.ts';
import { isPlace } from './place.ts';
import { encodeBatch } from './record.ts';

/** Settings of a {@link Storage}. */
export interface StorageOptions {
  /** See `HostLimits.minGarbageBytes`. */
  readonly minGarbageBytes: number;
  /** See `HostLimits.largeValueBytes`. */
  readonly largeValueBytes: number;
  /** Is told once, when an operation of the file system failed; nothing is written after that. */
  readonly failed?: (error: DiskError) => void;
}

interface PendingWrite {
  readonly batch: Batch;
  readonly resolve: () => void;
  readonly reject: (error: DiskError) => void;
}

/**
 * The disk of a node, all scopes of it: contents in memory, the log that brings them back, and files for large values.
 * Writes that are submitted while others are being made durable wait, and then share one step to the device.
 */
export class Storage {
  readonly #log: LogFile;
  readonly #contents: Contents;
  readonly #large: LargeValues;
  readonly #options: StorageOptions;
  /** Bytes of a torn tail that were dropped when the log was opened. */
  readonly droppedBytes: number;
  #pending: PendingWrite[] = [];
  #flushing: Promise<void> | undefined;
  #failure: DiskError | undefined;
  #isClosed = false;

  private constructor(
    opened: { log: LogFile; contents: Contents; large: LargeValues; droppedBytes: number },
    options: StorageOptions,
  ) {
    this.#log = opened.log;
    this.#contents = opened.contents;
    this.#large = opened.large;
    this.droppedBytes = opened.droppedBytes;
    this.#options = options;
  }

  /**
   * Reads what is stored.
   *
   * @throws {@link DiskError} when the log is corrupt, or belongs to another node, or the file system fails.
   */
  static async open(files: Files, node: NodeId, options: StorageOptions): Promise<Storage> {
    try {
      const opened = await LogFile.open(files, node);
      const large = await LargeValues.open(files, opened.contents, options.largeValueBytes);
      return new Storage({ ...opened, large }, options);
    } catch (error) {
      throw toDiskError(error);
    }
  }

  /** What is stored, pending writes included. */
  get contents(): Pick<Contents, 'bytesOf' | 'read' | 'entries'> {
    return this.#contents;
  }

  /** The bytes of something that is in the contents at the time of the call; rejects with a {@link DiskError}. */
  async load(stored: Stored): Promise<Uint8Array> {
    if (!isPlace(stored)) return stored;
    try {
      return await this.#large.read(stored);
    } catch (error) {
      throw toDiskError(error);
    }
  }

  /** Makes a batch visible at once, and durable by the time the promise resolves. */
  write(batch: Batch): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      checkBatchBytes(batch);
      this.#contents.apply(batch);
      this.#pending.push({ batch, resolve, reject });
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
      const submitted = group.map(({ batch }) => batch);
      const placed = await this.#large.place(submitted);
      submitted.forEach((batch, index) => this.#settle(batch, placed[index]));
      // A rewritten log holds all that is visible, so the group is in it.
      if (this.#hasMuchGarbage()) await this.#log.rewrite(this.#contents);
      else await this.#log.append(placed.map(encodeBatch));
      this.#large.noteDurable(placed);
    } catch (error) {
      return this.#fail(group, error);
    }
    for (const { resolve } of group) resolve();
  }

  /** What has got a place on the device leaves the memory. */
  #settle({ scope, changes }: Batch, placed: Batch<Stored> | undefined): void {
    changes.forEach(([name, value], index) => {
      const place = placed?.changes[index]?.[1];
      if (value !== undefined && place !== undefined && isPlace(place))
        this.#contents.settle(scope, name, value, place);
    });
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

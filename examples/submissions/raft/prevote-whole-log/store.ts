import type { Host, NodeId } from '@lockstep/api';
import { Log } from './log.ts';
import type { LogEntry } from './log.ts';

/** How long to wait before a failed write is tried again. */
const WRITE_AGAIN_MS = 10;

export interface Snapshot {
  readonly index: number;
  readonly term: number;
  readonly data: unknown;
}

/** What is on disk under `state`. Index and term before its first entry are those of the snapshot. */
interface StoredState {
  readonly term: number;
  readonly vote: NodeId | undefined;
  readonly log: readonly LogEntry[];
}

/**
 * The persistent state of Figure 2, and its way to the disk. It is always written as a whole: that is more than an
 * append would need, but there is no state of the disk in between, and writing twice does no harm.
 *
 * Whoever changes it calls {@link changed}; whoever wants to tell others waits for {@link durable}. There is never
 * more than one write under way and one waiting, however many changes come.
 */
export class Store {
  term = 0;
  vote: NodeId | undefined;
  log = new Log(0, 0, []);
  snapshot: Snapshot | undefined;

  readonly #host: Host;
  /** In memory there is something that no write has taken along yet. */
  #dirty = false;
  #snapshotDirty = false;
  /** The last write that began: it has everything, unless `#dirty`. */
  #current: Promise<void> = Promise.resolve();
  /** The one that waits for it. */
  #next: Promise<void> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  static load(host: Host): Promise<Store> {
    const reads = [host.disk.read<StoredState>('state'), host.disk.read<Snapshot>('snapshot')] as const;
    return Promise.all(reads).then(([state, snapshot]) => {
      const store = new Store(host);
      store.term = state?.term ?? 0;
      store.vote = state?.vote;
      store.snapshot = snapshot;
      store.log = new Log(snapshot?.index ?? 0, snapshot?.term ?? 0, state?.log ?? []);
      return store;
    });
  }

  /** Puts a snapshot in the place of the log up to its index; both reach the disk in the same write. */
  replaceBy(snapshot: Snapshot): void {
    this.log.compact(snapshot.index, snapshot.term);
    this.snapshot = snapshot;
    this.#snapshotDirty = true;
    this.changed();
  }

  /** Term, vote or log are no longer what the disk has. */
  changed(): void {
    this.#dirty = true;
    this.#next ??= this.#current.then(() => this.#write());
  }

  /** Resolves when everything that is in memory now is on disk. */
  durable(): Promise<void> {
    return this.#dirty && this.#next !== undefined ? this.#next : this.#current;
  }

  /** Runs a microtask or more after the change that caused it, and so takes along what the same event did after it. */
  #write(): Promise<void> {
    const state: StoredState = { term: this.term, vote: this.vote, log: this.log.all() };
    const batch = this.#snapshotDirty ? { state, snapshot: this.snapshot } : { state };
    this.#current = this.#next ?? this.#current;
    this.#next = undefined;
    this.#dirty = false;
    this.#snapshotDirty = false;
    return this.#put(batch);
  }

  /** After a failure the batch may be on disk or not. It is the whole state, so writing it again settles it. */
  #put(batch: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#host.disk.write(batch).catch((error: unknown) => {
      this.#host.log.warn('a write failed', String(error));
      return this.#host.clock.sleep(WRITE_AGAIN_MS).then(() => this.#put(batch));
    });
  }
}

import type { Host, NodeId } from '@lockstep/api';
import { DiskWriter } from './disk-writer.ts';
import type { LogEntry, Snapshot } from './messages.ts';

// The names on disk. One name per log entry, so that an append writes only what is new.
const VOTE = 'vote';
const SNAPSHOT = 'snapshot';
const LOG = 'log/';

type StoredVote = [term: number, votedFor: NodeId | undefined];
type StoredEntry = [term: number, command: unknown];

/**
 * The "persistent state on all servers" of Figure 2, and the snapshot. A change is visible at once, but durable only when
 * {@link PersistentState.saved} has resolved; that must be awaited before anybody else hears of the change.
 */
export class PersistentState {
  #term = 0;
  #votedFor: NodeId | undefined;
  #snapshot: Snapshot = { index: 0, term: 0, data: undefined };
  /** The entries after the snapshot: `#entries[0]` has the index `#snapshot.index + 1`. */
  #entries: LogEntry[] = [];
  readonly #writer: DiskWriter;

  private constructor(host: Host) {
    this.#writer = new DiskWriter(host);
  }

  static async load(host: Host): Promise<PersistentState> {
    const state = new PersistentState(host);
    const [vote, snapshot, entries] = await Promise.all([
      host.disk.read<StoredVote>(VOTE),
      host.disk.read<Snapshot>(SNAPSHOT),
      host.disk.entries<StoredEntry>(LOG),
    ]);
    if (vote !== undefined) [state.#term, state.#votedFor] = vote;
    if (snapshot !== undefined) state.#snapshot = snapshot;
    // Names come sorted as text: log/10 before log/9.
    state.#entries = entries
      .map(([name, entry]) => ({ index: Number(name.slice(LOG.length)), entry }))
      .sort((a, b) => a.index - b.index)
      .map(({ entry: [term, command] }) => ({ term, command }));
    return state;
  }

  get term(): number {
    return this.#term;
  }

  get votedFor(): NodeId | undefined {
    return this.#votedFor;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get lastIndex(): number {
    return this.#snapshot.index + this.#entries.length;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#snapshot.term;
  }

  /** The term of the entry at `index`, or `undefined` where the log has not come yet, or is compacted. */
  termAt(index: number): number | undefined {
    if (index === this.#snapshot.index) return this.#snapshot.term;
    return this.entryAt(index)?.term;
  }

  entryAt(index: number): LogEntry | undefined {
    return this.#entries[index - this.#snapshot.index - 1];
  }

  /** A copy of the log from `index` on, which must not be compacted. */
  entriesFrom(index: number): LogEntry[] {
    return this.#entries.slice(index - this.#snapshot.index - 1);
  }

  /** The first index of the run of equal terms that `index` is in. */
  firstIndexOfTermAt(index: number): number {
    const term = this.termAt(index);
    let first = index;
    while (first - 1 > this.#snapshot.index && this.termAt(first - 1) === term) first--;
    return first;
  }

  /** The last index not after `upTo` with an entry of `term`, if there is one. */
  lastIndexOfTerm(term: number, upTo: number): number | undefined {
    for (let index = upTo; index >= this.#snapshot.index; index--) {
      const here = this.termAt(index);
      if (here === term) return index;
      // Terms never fall along a log.
      if (here !== undefined && here < term) return undefined;
    }
    return undefined;
  }

  /** Begins `term`, which must be newer than the current one, with a vote that is still free or already decided. */
  enterTerm(term: number, votedFor?: NodeId): void {
    this.#term = term;
    this.#votedFor = votedFor;
    this.#putVote();
  }

  voteFor(candidate: NodeId): void {
    if (this.#votedFor === candidate) return;
    this.#votedFor = candidate;
    this.#putVote();
  }

  #putVote(): void {
    this.#writer.put({ [VOTE]: [this.#term, this.#votedFor] satisfies StoredVote });
  }

  append(entries: readonly LogEntry[]): void {
    if (entries.length === 0) return;
    const batch: Record<string, StoredEntry> = {};
    for (const { term, command } of entries) {
      this.#entries.push({ term, command });
      batch[LOG + this.lastIndex] = [term, command];
    }
    this.#writer.put(batch);
  }

  /** Drops the entry at `index` and all that follow it. */
  truncateFrom(index: number): void {
    const batch = this.#deletionOf(index, this.lastIndex);
    this.#entries.length = index - this.#snapshot.index - 1;
    this.#writer.put(batch);
  }

  /**
   * Replaces the log up to the snapshot's index by the snapshot. Entries after it stay if the log holds the entry that
   * the snapshot ends with; otherwise they come from another history, and go (§7).
   */
  installSnapshot(snapshot: Snapshot): void {
    const matches = this.termAt(snapshot.index) === snapshot.term;
    const tail = matches ? this.entriesFrom(snapshot.index + 1) : [];
    const lastGone = matches ? snapshot.index : this.lastIndex;
    // One batch: the disk never has the gap between a shortened log and a snapshot that is not there yet.
    this.#writer.put({ ...this.#deletionOf(this.#snapshot.index + 1, lastGone), [SNAPSHOT]: snapshot });
    this.#snapshot = snapshot;
    this.#entries = tail;
  }

  #deletionOf(first: number, last: number): Record<string, undefined> {
    const batch: Record<string, undefined> = {};
    for (let index = first; index <= last; index++) batch[LOG + index] = undefined;
    return batch;
  }

  /** Resolves once everything that was changed before this call is durable. */
  saved(): Promise<void> {
    return this.#writer.flush();
  }
}

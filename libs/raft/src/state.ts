import type { Disk, NodeId } from '@lockstep/api';
import { Log } from './log.ts';
import type { ReadableLog } from './log.ts';
import type { Entry } from './messages.ts';

/** Raft §7: what the service made of all entries up to an index, in their place. */
export interface Snapshot {
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  readonly data: unknown;
}

/** Everything that has changed since the last one, to be written atomically. */
export interface Batch {
  /** Names and values as `Disk.write` takes them; `undefined` deletes a name. */
  readonly names: Readonly<Record<string, unknown>>;
  /** The extent of the log that the disk holds once the batch is written. */
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
}

/** The disk's names: one for term and vote, one for the snapshot, and one for each entry of the log. */
const VOTE = 'vote';
const SNAPSHOT = 'snapshot';
const ENTRIES = 'log/';
const nameOf = (index: number): string => `${ENTRIES}${index}`;

interface StoredVote {
  readonly currentTerm: number;
  readonly votedFor: NodeId | undefined;
}

/** An entry on disk: its term and its command. */
type StoredEntry = readonly [term: number, command: unknown];

/** What a server's disk holds. */
export interface Stored {
  readonly vote: StoredVote | undefined;
  readonly snapshot: Snapshot | undefined;
  readonly entries: readonly (readonly [name: string, entry: StoredEntry])[];
}

/** Reads back what batches have written. */
export async function readStored(disk: Disk): Promise<Stored> {
  const [vote, snapshot, entries] = await Promise.all([
    disk.read<StoredVote>(VOTE),
    disk.read<Snapshot>(SNAPSHOT),
    disk.entries<StoredEntry>(ENTRIES),
  ]);
  return { vote, snapshot, entries };
}

/** The stored entries from `firstIndex` on. Batches are atomic and come one at a time, so no crash leaves a hole. */
function inOrder(entries: Stored['entries'], firstIndex: number): Entry[] {
  return entries
    .map(([name, [term, command]]) => ({ index: Number(name.slice(ENTRIES.length)), term, command }))
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, term, command }, i) => {
      if (index !== firstIndex + i) throw new Error(`the log on disk lacks entry ${firstIndex + i}`);
      return { term, command };
    });
}

/**
 * Raft Figure 2, "Persistent state on all servers", as memory has it, and what of it has yet to be written. All
 * changes go through here, so that none can miss the disk. When they are written is `Storage`'s business.
 */
export class PersistentState {
  #currentTerm: number;
  #votedFor: NodeId | undefined;
  #snapshot: Snapshot | undefined;
  readonly #log: Log;

  #isVoteChanged = false;
  #isSnapshotChanged = false;
  /** Entries from here on have yet to be written. */
  #unwrittenFrom = Infinity;
  /** Entries up to here are on this server's disk, as they are in memory. */
  #durableIndex: number;
  /** Names of entries outside this range are not on disk; inside it they may be. */
  #storedFirst: number;
  #storedLast: number;

  constructor({ vote, snapshot, entries }: Stored) {
    this.#currentTerm = vote?.currentTerm ?? 0;
    this.#votedFor = vote?.votedFor;
    this.#snapshot = snapshot;
    const { lastIncludedIndex = 0, lastIncludedTerm = 0 } = snapshot ?? {};
    this.#log = new Log(lastIncludedIndex, lastIncludedTerm, inOrder(entries, lastIncludedIndex + 1));
    this.#durableIndex = this.#log.lastIndex;
    this.#storedFirst = this.#log.lastIncludedIndex + 1;
    this.#storedLast = this.#log.lastIndex;
  }

  get currentTerm(): number {
    return this.#currentTerm;
  }

  get votedFor(): NodeId | undefined {
    return this.#votedFor;
  }

  get log(): ReadableLog {
    return this.#log;
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** How far this server's own disk can vouch for its log. */
  get durableIndex(): number {
    return this.#durableIndex;
  }

  /** A later term begins; in it no vote has been given (Raft §5.1, §5.2). */
  enterTerm(term: number): void {
    this.#currentTerm = term;
    this.#votedFor = undefined;
    this.#isVoteChanged = true;
  }

  voteFor(candidate: NodeId): void {
    this.#votedFor = candidate;
    this.#isVoteChanged = true;
  }

  append(entry: Entry): number {
    const index = this.#log.append(entry);
    this.#changedFrom(index);
    return index;
  }

  merge(prevLogIndex: number, entries: readonly Entry[]): void {
    const index = this.#log.merge(prevLogIndex, entries);
    if (index !== undefined) this.#changedFrom(index);
  }

  /** The snapshot takes the place of the log up to its index; both change in the same batch. */
  install(snapshot: Snapshot): void {
    this.#log.compactTo(snapshot.lastIncludedIndex, snapshot.lastIncludedTerm);
    this.#durableIndex = Math.min(this.#durableIndex, this.#log.lastIndex);
    this.#snapshot = snapshot;
    this.#isSnapshotChanged = true;
  }

  #changedFrom(index: number): void {
    this.#unwrittenFrom = Math.min(this.#unwrittenFrom, index);
    this.#durableIndex = Math.min(this.#durableIndex, index - 1);
  }

  /** Whether memory is ahead of the batches taken. */
  get isChanged(): boolean {
    return this.#isVoteChanged || this.#isSnapshotChanged || this.#unwrittenFrom !== Infinity;
  }

  /** Everything that has changed since the last batch, as one. */
  takeBatch(): Batch {
    const firstIndex = this.#log.lastIncludedIndex + 1;
    const { lastIndex, lastTerm } = this.#log;
    const names: Record<string, unknown> = {};
    if (this.#isVoteChanged) names[VOTE] = { currentTerm: this.#currentTerm, votedFor: this.#votedFor };
    if (this.#isSnapshotChanged) names[SNAPSHOT] = this.#snapshot;
    for (let index = Math.max(this.#unwrittenFrom, firstIndex); index <= lastIndex; index++) {
      const entry = this.#log.entryAt(index);
      if (entry !== undefined) names[nameOf(index)] = [entry.term, entry.command];
    }
    // Compacted entries go with the snapshot that replaces them, truncated ones with those that replace them.
    for (let index = this.#storedFirst; index < firstIndex; index++) names[nameOf(index)] = undefined;
    for (let index = lastIndex + 1; index <= this.#storedLast; index++) names[nameOf(index)] = undefined;

    this.#storedFirst = Math.min(this.#storedFirst, firstIndex);
    this.#storedLast = Math.max(this.#storedLast, lastIndex);
    this.#isVoteChanged = false;
    this.#isSnapshotChanged = false;
    this.#unwrittenFrom = Infinity;
    return { names, firstIndex, lastIndex, lastTerm };
  }

  /** The batch is on disk. */
  confirm({ firstIndex, lastIndex, lastTerm }: Batch): void {
    this.#storedFirst = firstIndex;
    this.#storedLast = lastIndex;
    // If the log was cut meanwhile, the disk holds entries that memory no longer does: then the next batch tells.
    if (this.#log.termAt(lastIndex) === lastTerm) {
      this.#durableIndex = Math.max(this.#durableIndex, lastIndex);
    }
  }

  /** The fate of the last batch is unknown. The next one holds everything, so that it is right either way. */
  doubt(): void {
    this.#isVoteChanged = true;
    this.#isSnapshotChanged = this.#snapshot !== undefined;
    this.#unwrittenFrom = this.#log.lastIncludedIndex + 1;
  }
}

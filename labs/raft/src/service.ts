import { encode } from '@lockstep/api';
import type { ApplyMessage, Raft } from '@lockstep/api';
import type { BootContext } from '@lockstep/test-harness/suite';
import { asCommand, show } from './commands.ts';
import type { Command } from './commands.ts';
import { isIndex, isTerm, readSnapshot } from './seen.ts';
import type { RaftSeen, SnapshotData } from './seen.ts';

/** After how many entries the service of part D hands Raft a snapshot. */
export const SNAPSHOT_INTERVAL = 10;

/** What a test may set for the service; see `Test.settings`. */
export interface ServiceSettings {
  /** Hand Raft a snapshot at the indexes 9, 19, 29, … */
  readonly snapshots?: boolean;
  /** Hand Raft the snapshot before once more, behind each new one; Raft has to ignore it. */
  readonly repeatsSnapshots?: boolean;
  /** Take so long to apply a message, in ms: `apply` returns a promise then. Default 0: no promise. */
  readonly applyMs?: number;
}

/**
 * The service above Raft in this lab's tests: its state is the list of all commands applied. Lives in
 * the node's memory, so a crash empties it, and Raft has to bring everything back.
 */
export class Service {
  /** What was applied since the boot, by index - 1; a snapshot fills in what it replaces. */
  readonly commands: Command[] = [];
  /** Snapshots that came up to the service after its boot, from a leader that had no entries left to send. */
  installed = 0;
  /** The latest term that `onLeader` was called with, or 0. */
  ledTerm = 0;
  /** Bytes that the data of the newest snapshot takes, taken or delivered. */
  snapshotBytes = 0;
  snapshotIndex = 0;
  readonly #context: BootContext<RaftSeen>;
  readonly #settings: ServiceSettings;
  #raft: Raft | undefined;
  /** The message whose promise is still pending, if any. */
  #busyWith = 0;

  constructor(context: BootContext<RaftSeen>) {
    this.#context = context;
    this.#settings = context.settings;
  }

  get lastApplied(): number {
    return this.commands.length;
  }

  /** Connects the service with the Raft below it; before that, it takes no snapshots. */
  attach(raft: Raft): void {
    this.#raft = raft;
  }

  /** Raft's `apply`. Never throws: what is wrong with a message, the judges say. */
  apply(message: ApplyMessage): void | Promise<void> {
    const copy = this.#copyOf(message);
    if (copy === undefined) return;
    if (this.#busyWith > 0) {
      this.#misused(
        `apply was called for index ${copy.index} while the promise for ${this.#busyWith} was pending`,
      );
      return;
    }
    if (copy.kind === 'snapshot') this.#restore(copy);
    else this.#applyCommand(copy);
    const { applyMs = 0 } = this.#settings;
    if (applyMs === 0) return;
    this.#busyWith = copy.index;
    return this.#context.host.clock.sleep(applyMs).then(() => {
      this.#busyWith = 0;
    });
  }

  /** Raft's `onLeader`. */
  lead(term: unknown): void {
    if (!isTerm(term) || term < 1) {
      this.#misused(`onLeader was called with ${describe(term)}; a leader's term is an integer from 1`);
      return;
    }
    this.ledTerm = term;
    this.#context.observe({ kind: 'became-leader', text: `wins the election of term ${term}`, term });
  }

  #applyCommand({ index, term, command }: ApplyMessage & { kind: 'command' }): void {
    const applied = asCommand(command);
    this.#context.observe({
      kind: 'applied',
      text: `applies ${show(applied)} at index ${index} (term ${term})`,
      index,
      term,
      command: applied,
    });
    if (index !== this.lastApplied + 1) return; // out of order: the judges have ended the run
    this.commands.push(applied);
    if (this.#settings.snapshots === true && (index + 1) % SNAPSHOT_INTERVAL === 0) this.#takeSnapshot(index);
  }

  #takeSnapshot(index: number): void {
    if (this.#raft === undefined) return;
    const data: SnapshotData = { lastIncludedIndex: index, commands: [...this.commands] };
    this.#context.observe({ kind: 'compacted', text: `hands Raft a snapshot up to index ${index}`, index });
    this.#remember(data);
    this.#raft.snapshot(index, data);
    const old = index - SNAPSHOT_INTERVAL;
    if (this.#settings.repeatsSnapshots !== true || old < 1) return;
    this.#raft.snapshot(old, { lastIncludedIndex: old, commands: this.commands.slice(0, old) });
  }

  #restore({ index, term, data }: ApplyMessage & { kind: 'snapshot' }): void {
    const snapshot = readSnapshot(data);
    if (typeof snapshot === 'string') {
      this.#misused(`a snapshot for index ${index} was delivered that is not the service's: ${snapshot}`);
      return;
    }
    this.#context.observe({
      kind: 'restored',
      text: `restores the snapshot up to index ${index} (term ${term})`,
      index,
      term,
      data: snapshot,
    });
    if (this.lastApplied > 0 && index > this.lastApplied) this.installed++;
    this.commands.splice(0, this.commands.length, ...snapshot.commands);
    this.#remember(snapshot);
  }

  #remember(data: SnapshotData): void {
    this.snapshotBytes = encode(data).length;
    this.snapshotIndex = data.lastIncludedIndex;
  }

  /** The message as our own data, checked; `undefined` when the judges have been told what is wrong with it. */
  #copyOf(message: ApplyMessage): ApplyMessage | undefined {
    let copy: Partial<Record<string, unknown>>;
    try {
      copy = this.#context.copy<object>(message, 'the message given to apply') as typeof copy;
    } catch (error) {
      this.#misused(
        error instanceof Error ? error.message : 'apply was called with something that cannot be copied',
      );
      return undefined;
    }
    if (typeof copy !== 'object' || copy === null || (copy.kind !== 'command' && copy.kind !== 'snapshot')) {
      this.#misused('apply was called with something that is neither a command nor a snapshot');
    } else if (!isIndex(copy.index)) {
      this.#misused(
        `apply was called with index ${describe(copy.index)}; the first entry of a log has index 1`,
      );
    } else if (!isTerm(copy.term)) {
      this.#misused(`apply was called with term ${describe(copy.term)}; a term is an integer from 0`);
    } else {
      return copy as unknown as ApplyMessage;
    }
    return undefined;
  }

  #misused(what: string): void {
    this.#context.observe({ kind: 'misused', what });
  }
}

/** A wrong value, for a message. */
export function describe(value: unknown): string {
  if (typeof value === 'number') return `${value}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value).slice(0, 40);
}

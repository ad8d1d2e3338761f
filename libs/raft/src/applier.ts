import type { Apply, ApplyMessage } from '@lockstep/api';
import { copyOf } from './plain-data.ts';
import type { PersistentState } from './state.ts';

/**
 * Takes committed entries to the service in log order (Raft Figure 2, "All Servers": while commitIndex is ahead of
 * lastApplied). There is one loop, so there is one message at a time, and none twice.
 */
export class Applier {
  readonly #state: PersistentState;
  readonly #apply: Apply;
  #commitIndex = 0;
  #lastApplied = 0;
  #isRunning = false;

  constructor(state: PersistentState, apply: Apply) {
    this.#state = state;
    this.#apply = apply;
  }

  /** The index of the last message given to the service, which may still be working on it. */
  get lastApplied(): number {
    return this.#lastApplied;
  }

  /** Entries up to `commitIndex` are committed; the service gets them as fast as it can take them. */
  applyUpTo(commitIndex: number): void {
    this.#commitIndex = commitIndex;
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // The service's code never runs inside a step of Raft's own, where it would find things half done.
    await Promise.resolve();
    for (let message = this.#next(); message !== undefined; message = this.#next()) {
      this.#lastApplied = message.index;
      await this.#apply(message);
    }
    this.#isRunning = false;
  }

  /**
   * Decided anew for each message: while the service was busy, a snapshot may have replaced entries that it has yet
   * to see, and then takes their place. The same rule delivers the stored snapshot first on boot (Raft §7).
   */
  #next(): ApplyMessage | undefined {
    const { log, snapshot } = this.#state;
    if (snapshot !== undefined && snapshot.lastIncludedIndex > this.#lastApplied) {
      const { lastIncludedIndex: index, lastIncludedTerm: term, data } = snapshot;
      return { kind: 'snapshot', index, term, data: copyOf(data, 'snapshot') };
    }
    if (this.#lastApplied >= this.#commitIndex) return undefined;
    const index = this.#lastApplied + 1;
    const entry = log.entryAt(index);
    if (entry === undefined) return undefined;
    return { kind: 'command', index, term: entry.term, command: copyOf(entry.command, 'command') };
  }
}

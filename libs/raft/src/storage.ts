import { DiskError } from '@lockstep/api';
import type { Host } from '@lockstep/api';
import type { Batch, PersistentState } from './state.ts';
import { DISK_RETRY_MS } from './timing.ts';

/**
 * Decides when the persistent state is written. One batch is under way at a time, and whatever changes meanwhile
 * travels in the next: so the disk always holds a state that memory once had, whichever unconfirmed batches a
 * crash leaves.
 */
export class Storage {
  readonly #host: Host;
  readonly #state: PersistentState;
  readonly #onDurable: () => void;
  /** The batch under way. */
  #current: Promise<void> | undefined;
  /** The batch that will be taken when the current one is written. */
  #next: Promise<void> | undefined;

  /** @param onDurable called after each batch, before those who wait in {@link persisted} go on. */
  constructor(host: Host, state: PersistentState, onDurable: () => void) {
    this.#host = host;
    this.#state = state;
    this.#onDurable = onDurable;
  }

  /** Resolves when everything that the state holds now is durable; starts writing what is not. */
  persisted(): Promise<void> {
    if (this.#state.isChanged) this.#next ??= this.#writeAfter(this.#current);
    return this.#next ?? this.#current ?? Promise.resolve();
  }

  async #writeAfter(previous: Promise<void> | undefined): Promise<void> {
    // Even without a previous batch this lets the turn end first: what changes together is written together.
    await previous;
    this.#current = this.#next;
    this.#next = undefined;
    this.#state.confirm(await this.#writeUntilConfirmed());
    this.#current = undefined;
    this.#onDurable();
  }

  /**
   * A rejected write may have happened or not. Nobody has been promised anything yet, so it is safe to go on
   * trying, if each attempt is right in both cases: it writes the whole state, as memory has it by then. Until one
   * is confirmed, this server keeps silent. Crashing instead would be as safe, but would cost a server for
   * a fault that may pass.
   */
  async #writeUntilConfirmed(): Promise<Batch> {
    for (;;) {
      const batch = this.#state.takeBatch();
      try {
        await this.#host.disk.write(batch.names);
        return batch;
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
        this.#host.log.warn('a disk write failed; the whole state will be written again', error.message);
        this.#state.doubt();
        await this.#host.clock.sleep(DISK_RETRY_MS);
      }
    }
  }
}

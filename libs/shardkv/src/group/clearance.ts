import type { Raft, StartRaft } from '@lockstep/api';

/**
 * Sees that a server keeps nothing of what its machine has given away. That is gone from the machine at once, but not
 * from the last snapshot, and not from the log; and a group that has nothing more to do would never take another one.
 */
export class Clearance {
  #isDue = false;
  #below: Raft | undefined;

  /** Something is gone that the last snapshot may hold. */
  due(): void {
    this.#isDue = true;
  }

  /** The Raft below, which gets a snapshot after each entry that has made one due. */
  over(raft: StartRaft, snapshot: () => unknown): StartRaft {
    return async (apply, options) => {
      this.#below = await raft((message) => {
        const applied = apply(message);
        // Entries may come up before Raft itself does; the next one will do as well.
        if (this.#isDue && this.#below !== undefined) {
          this.#isDue = false;
          this.#below.snapshot(message.index, snapshot());
        }
        return applied;
      }, options);
      return this.#below;
    };
  }
}

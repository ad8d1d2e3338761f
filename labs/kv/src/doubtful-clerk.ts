import { OutcomeUnknown } from '@lockstep/api';
import type { KvClerk, KvEntry } from '@lockstep/api';
import type { Lottery } from '@lockstep/test-harness/services';

/** How late a write may take effect whose clerk has given up. */
const LATE_MS = 300;
/** How long the clerk asks before it gives up; whatever it freed may have another holder by then. */
const PATIENCE_MS = 60;

/**
 * A clerk that often does not know what became of a conditional put: it may have happened, may never happen, or may
 * happen later. It keeps the contract's promises to the letter, as one does that the servers have forgotten.
 */
export class DoubtfulClerk implements KvClerk {
  readonly #clerk: KvClerk;
  readonly #lottery: Lottery;
  readonly #sleep: (ms: number) => Promise<void>;

  constructor(clerk: KvClerk, lottery: Lottery, sleep: (ms: number) => Promise<void>) {
    this.#clerk = clerk;
    this.#lottery = lottery;
    this.#sleep = sleep;
  }

  get(key: string): Promise<KvEntry> {
    return this.#clerk.get(key);
  }

  put(key: string, value: string): Promise<number> {
    return this.#clerk.put(key, value);
  }

  append(key: string, value: string): Promise<number> {
    return this.#clerk.append(key, value);
  }

  async putIf(key: string, value: string, version: number): Promise<number | undefined> {
    const fate = this.#lottery.below(8);
    if (fate > 3) return this.#clerk.putIf(key, value, version);
    if (fate === 1) await this.#clerk.putIf(key, value, version);
    if (fate > 1) void this.#late(key, value, version);
    await this.#sleep(this.#lottery.below(PATIENCE_MS));
    throw new OutcomeUnknown('nobody knows what became of this put');
  }

  async #late(key: string, value: string, version: number): Promise<void> {
    await this.#sleep(this.#lottery.below(LATE_MS));
    await this.#clerk.putIf(key, value, version);
  }
}

import { OutcomeUnknown } from '@lockstep/api';
import type { Host, KvClerk, KvLock, KvLockFactory } from '@lockstep/api';

/** The pause before a lock that somebody holds is looked at again. */
const PAUSE_MIN_MS = 5;
const PAUSE_MAX_MS = 20;

/** What a free lock holds. A lock that nobody ever took holds the same. */
const FREE = '';

/** Makes one client's handle of a lock. */
export const createLock: KvLockFactory = (host, clerk, name) => new Lock(host, clerk, name);

/**
 * A key that holds its holder's mark, or nothing. It changes hands by `putIf` alone, so of all who have seen a version
 * one at most replaces it.
 */
class Lock implements KvLock {
  readonly #host: Host;
  readonly #clerk: KvClerk;
  readonly #key: string;
  #acquisitions = 0;
  readonly #self: string;

  constructor(host: Host, clerk: KvClerk, key: string) {
    this.#host = host;
    this.#clerk = clerk;
    this.#key = key;
    this.#self = `${host.id}.${host.random.uniform().toString(36).slice(2)}`;
  }

  /**
   * Reads decide, not the answers to writes: whoever reads its own mark holds the lock. The mark is another one for
   * each acquisition, so that a put whose outcome was unknown cannot be mistaken for a later one's.
   */
  async acquire(): Promise<void> {
    const mark = `${this.#self}.${++this.#acquisitions}`;
    for (;;) {
      const { value, version } = await this.#clerk.get(this.#key);
      if (value === mark) return;
      if (value !== FREE) await this.#pause();
      else if (await this.#replace(mark, version)) return;
    }
  }

  /** If the outcome of the put is unknown it is tried until somebody else's mark, or nothing, is read. */
  async release(): Promise<void> {
    const mark = `${this.#self}.${this.#acquisitions}`;
    for (;;) {
      const { value, version } = await this.#clerk.get(this.#key);
      if (value !== mark) return;
      if (await this.#replace(FREE, version)) return;
    }
  }

  /** Whether it is certain that the value was replaced. */
  async #replace(value: string, version: number): Promise<boolean> {
    try {
      return (await this.#clerk.putIf(this.#key, value, version)) !== undefined;
    } catch (error) {
      if (error instanceof OutcomeUnknown) return false;
      throw error;
    }
  }

  #pause(): Promise<void> {
    return this.#host.clock.sleep(this.#host.random.integer(PAUSE_MIN_MS, PAUSE_MAX_MS));
  }
}

import type { KvLock } from '@lockstep/api';
import type { Locked } from './seen.ts';

/** A client's handle of a lock, watched by the judges. */
export class Locker {
  readonly #lock: KvLock;
  readonly #name: string;
  readonly #holder: string;
  readonly #observe: (seen: Locked) => void;

  constructor(lock: KvLock, name: string, holder: string, observe: (seen: Locked) => void) {
    this.#lock = lock;
    this.#name = name;
    this.#holder = holder;
    this.#observe = observe;
  }

  async acquire(): Promise<void> {
    await this.#lock.acquire();
    this.#show('acquired', 'has acquired');
  }

  async release(): Promise<void> {
    // It is over for the client when it asks: others may acquire the lock before the answer.
    this.#show('releasing', 'releases');
    await this.#lock.release();
  }

  #show(kind: Locked['kind'], what: string): void {
    const text = `${this.#holder} ${what} the lock ${this.#name}`;
    this.#observe({ kind, text, lock: this.#name, holder: this.#holder });
  }
}

import type { Host } from '@lockstep/api';

/** How long to wait before a failed write is tried again. */
const RETRY_MS = 20;

/**
 * Collects changes and writes them one batch after the other. There is never more than one batch on its way: at a
 * crash, *each* unconfirmed batch may be lost, and a log whose fifth entry is lost must not keep its sixth.
 */
export class DiskWriter {
  readonly #host: Host;
  /** What the next batch will hold. */
  #pending: Record<string, unknown> = {};
  #writing: Promise<void> | undefined;
  /** Counts the changes ever made, and those of them that are durable. */
  #changes = 0;
  #durable = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  put(batch: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#pending, batch);
    this.#changes++;
  }

  /** Resolves once everything that was put before this call is durable. */
  async flush(): Promise<void> {
    const target = this.#changes;
    while (this.#durable < target) {
      this.#writing ??= this.#writeBatch();
      await this.#writing;
    }
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#pending;
    const upTo = this.#changes;
    this.#pending = {};
    try {
      await this.#host.disk.write(batch);
      this.#durable = upTo;
    } catch (error) {
      // Whether it was written is unknown. Written twice does no harm; what was put since then is newer.
      this.#host.log.warn('a write failed and will be tried again', String(error));
      this.#pending = { ...batch, ...this.#pending };
      await this.#host.clock.sleep(RETRY_MS);
    }
    this.#writing = undefined;
  }
}

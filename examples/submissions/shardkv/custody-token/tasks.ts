/** Work that goes on in the background, each piece once at a time. */
export class Tasks {
  readonly #running = new Set<string>();

  /** Starts the work unless it is under way. Not at once: whoever calls this may be in the middle of a change. */
  spawn(name: string, work: () => Promise<void>): void {
    if (this.#running.has(name)) return;
    this.#running.add(name);
    void Promise.resolve()
      .then(work)
      .finally(() => this.#running.delete(name));
  }
}

import type { Apply, Clock, Raft, RaftOptions, StartRaft, StartResult, Timer } from '@lockstep/api';

/** A Raft without others, whose log the test moves on by hand. Nothing comes up before {@link commit}. */
export class LoneRaft implements Raft {
  readonly entries: { readonly term: number; readonly command: unknown }[] = [];
  readonly snapshots: { readonly index: number; readonly data: unknown }[] = [];
  term = 1;
  isLeader = true;
  committed = 0;
  /** What `readIndex` gives; `undefined`: it rejects. */
  index: number | undefined;
  lease: number | undefined;
  #apply: Apply = () => undefined;
  options: RaftOptions = {};

  readonly begin: StartRaft = (apply, options) => {
    this.#apply = apply;
    this.options = options;
    return Promise.resolve(this);
  };

  start(command: unknown): StartResult | undefined {
    if (!this.isLeader) return undefined;
    this.entries.push({ term: this.term, command });
    return { index: this.entries.length, term: this.term };
  }

  status(): { term: number; isLeader: boolean } {
    return { term: this.term, isLeader: this.isLeader };
  }

  snapshot(index: number, data: unknown): void {
    this.snapshots.push({ index, data });
  }

  readIndex(): Promise<number> {
    return this.index === undefined ? Promise.reject(new Error('no leader')) : Promise.resolve(this.index);
  }

  leaseReadIndex(): number | undefined {
    return this.lease;
  }

  /** Takes everything up. */
  commit(upTo = this.entries.length): void {
    while (this.committed < upTo) {
      const entry = this.entries[this.committed];
      this.committed++;
      if (entry !== undefined) void this.#apply({ kind: 'command', index: this.committed, ...entry });
    }
  }

  /** Another leader's snapshot takes the place of everything up to an index. */
  install(index: number, data: unknown): void {
    this.committed = index;
    void this.#apply({ kind: 'snapshot', index, term: this.term, data });
  }

  /** Another leader's entries take the place of those from `index` on. */
  overwrite(index: number, term: number, ...commands: readonly unknown[]): void {
    this.entries.splice(index - 1, Infinity, ...commands.map((command) => ({ term, command })));
    this.term = term;
  }
}

/** A clock that stands still until it is told to go on. */
export class HandClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  after(ms: number, run: () => void): Timer {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  async advance(ms: number): Promise<void> {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { run } of due) run();
    await settle();
  }
}

/** Lets all promises that can go on do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}

import type { ApplyMessage, Host, KvDeps, KvOptions, Raft } from '@lockstep/api';
import { Ledger } from './ledger.ts';
import type { Page } from './ledger.ts';
import type { Item, Seen, Verdict } from './protocol.ts';

const WATCH_MS = 15;

/** A page of the journal is one entry of Raft's: all that came in while the one before it was written. */
type Entry = readonly Item[];

interface Job {
  readonly items: Entry;
  readonly end: (verdicts: readonly Verdict[] | undefined) => void;
}

/** Several callers, one effort: whoever comes while it is made waits for the next one. */
class SingleFlight<Result> {
  readonly #make: () => Promise<Result>;
  #running: Promise<Result> | undefined;
  #next: Promise<Result> | undefined;

  constructor(make: () => Promise<Result>) {
    this.#make = make;
  }

  join(): Promise<Result> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<Result> {
    this.#next = undefined;
    this.#running = this.#make().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
}

/** Writes pages one after the other, and tells those whose lines are on them what came of it. */
export class Scribe {
  readonly ledger: Ledger;
  readonly #host: Host;
  readonly #options: KvOptions;
  #raft: Raft | undefined;
  #inbox: Job[] = [];
  /** The page that is being written. */
  #open: { index: number; term: number; end(verdicts: readonly Verdict[] | undefined): void } | undefined;
  #isWriting = false;
  #read = 0;
  #bytes = 0;
  #onRead: (() => void)[] = [];
  readonly #indexes: SingleFlight<number | undefined>;

  constructor(host: Host, options: KvOptions) {
    this.#host = host;
    this.#options = options;
    this.ledger = new Ledger(options.maxClerks);
    this.#indexes = new SingleFlight(() => this.#confirmedIndex());
  }

  async begin(deps: KvDeps): Promise<void> {
    const { clockDriftBound } = this.#options;
    this.#raft = await deps.raft?.((message) => this.#turnPage(message), {
      onLeader: () => void this.write([]),
      ...(clockDriftBound === undefined ? {} : { clockDriftBound }),
    });
  }

  get leader(): string | null {
    return this.#raft?.status().leaderHint ?? null;
  }

  /** What came of each item; `undefined` where this server cannot tell. */
  write(items: Entry): Promise<readonly Verdict[] | undefined> {
    return new Promise((end) => {
      this.#inbox.push({ items, end });
      if (!this.#isWriting) void this.#work();
    });
  }

  async see(key: string): Promise<Seen | undefined> {
    const leased = this.#options.reads === 'lease' ? this.#raft?.leaseReadIndex?.() : undefined;
    const index = leased ?? (await this.#indexes.join());
    if (index === undefined) return undefined;
    while (this.#read < index) await new Promise<void>((resolve) => this.#onRead.push(resolve));
    return this.ledger.see(key);
  }

  async #confirmedIndex(): Promise<number | undefined> {
    const raft = this.#raft;
    if ((this.#options.reads ?? 'log') !== 'log' && raft?.readIndex !== undefined) {
      return raft.readIndex().catch(() => undefined);
    }
    return (await this.write([])) === undefined ? undefined : this.#read;
  }

  async #work(): Promise<void> {
    this.#isWriting = true;
    // Those who came in the same turn are on the first page, too.
    await Promise.resolve();
    while (this.#inbox.length > 0) {
      const jobs = this.#inbox;
      this.#inbox = [];
      const verdicts = await this.#writePage(jobs.flatMap(({ items }) => items));
      let from = 0;
      for (const { items, end } of jobs) {
        end(verdicts?.slice(from, from + items.length));
        from += items.length;
      }
    }
    this.#isWriting = false;
  }

  async #writePage(items: Entry): Promise<readonly Verdict[] | undefined> {
    const started = this.#raft?.start(items);
    if (started === undefined) return undefined;
    return new Promise((resolve) => {
      this.#open = {
        ...started,
        end: (verdicts) => {
          this.#open = undefined;
          resolve(verdicts);
        },
      };
      void this.#watch(started.index, started.term);
    });
  }

  /** Gives a page up when this server does not lead its term any more. */
  async #watch(index: number, term: number): Promise<void> {
    while (this.#open?.index === index && this.#open.term === term) {
      await this.#host.clock.sleep(WATCH_MS);
      const status = this.#raft?.status();
      const isLost = status?.isLeader !== true || status.term !== term;
      if (isLost && this.#open?.index === index && this.#open.term === term) this.#open.end(undefined);
    }
  }

  #turnPage(message: ApplyMessage): void {
    const { index, term } = message;
    if (message.kind === 'snapshot') {
      this.ledger.open(message.data as Page);
      this.#bytes = 0;
      if (this.#open !== undefined && this.#open.index <= index) this.#open.end(undefined);
    } else {
      const items = message.command as Entry;
      const verdicts = items.map((item) => this.ledger.enter(item));
      if (this.#open?.index === index) this.#open.end(this.#open.term === term ? verdicts : undefined);
      this.#bytes += 25 + JSON.stringify(items).length;
      if (this.#raft !== undefined && this.#bytes >= (this.#options.maxLogBytes ?? Infinity)) {
        this.#raft.snapshot(index, this.ledger.copy());
        this.#bytes = 0;
      }
    }
    this.#read = index;
    for (const resolve of this.#onRead.splice(0)) resolve();
  }
}

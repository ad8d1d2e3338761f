import type { Client, Host } from '@lockstep/api';
import type { LogEntry, ReplicaRpc, Stream } from './messages.ts';
import { HEARTBEAT_MS, MAX_BATCH, MAX_UNACKNOWLEDGED, RESEND_MS, SUSPECT_MS } from './numbers.ts';

/** What a sender tells its primary. */
export interface SenderEvents {
  /** Entries have been acknowledged, or the backup's machine has come further. */
  progress(): void;
  /** The backup has not answered for a while, or follows nobody any more. */
  suspect(): void;
  /** For messages: how far the primary's machine is, and which packets are out. */
  position(): { readonly reached: number; readonly released: number };
}

/**
 * The primary's end of the logging channel. One message is under way at a time; what gathers meanwhile goes with the
 * next one, and what was not acknowledged goes again.
 */
export class LogSender {
  readonly #host: Pick<Host, 'clock'>;
  readonly #backup: Client<ReplicaRpc>;
  readonly #stream: Stream;
  readonly #events: SenderEvents;
  #entries: LogEntry[] = [];
  #lastIndex = 0;
  #acknowledged = 0;
  #replayed = 0;
  #heardAt = 0;
  /** The receiver is the backup once it has all entries up to this one; undefined: not yet. */
  #bindingIndex: number | undefined;
  #isOpen = false;
  #isSending = false;
  #isClosed = false;

  constructor(host: Pick<Host, 'clock'>, backup: Client<ReplicaRpc>, stream: Stream, events: SenderEvents) {
    this.#host = host;
    this.#backup = backup;
    this.#stream = stream;
    this.#events = events;
  }

  /** What its messages are of. */
  get stream(): Stream {
    return this.#stream;
  }

  /** All entries up to this index are with the backup. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How far the backup's machine surely is. */
  get replayed(): number {
    return this.#replayed;
  }

  /** Entries that have not been acknowledged. */
  get waiting(): number {
    return this.#entries.length;
  }

  get isFull(): boolean {
    return this.#entries.length >= MAX_UNACKNOWLEDGED;
  }

  /** From now on nothing may leave that the receiver has not acknowledged: it may go live. */
  get isBinding(): boolean {
    return this.#bindingIndex !== undefined;
  }

  bind(): void {
    this.#bindingIndex = this.#lastIndex;
  }

  /** Begins to send: the receiver has the machine to which the first entry happened. */
  open(): void {
    this.#isOpen = true;
    this.#heardAt = this.#host.clock.now();
    void this.#beat();
  }

  /** Appends an entry, and gives its index. It leaves when the present event is over. */
  append(entry: LogEntry): number {
    this.#entries.push(entry);
    this.flush();
    return ++this.#lastIndex;
  }

  close(): void {
    this.#isClosed = true;
  }

  flush(): void {
    if (this.#isSending || this.#isClosed || !this.#isOpen) return;
    this.#isSending = true;
    void Promise.resolve().then(() => this.#send());
  }

  async #beat(): Promise<void> {
    while (!this.#isClosed) {
      this.flush();
      await this.#host.clock.sleep(HEARTBEAT_MS);
      if (!this.#isClosed && this.#host.clock.now() - this.#heardAt > SUSPECT_MS) this.#giveUp();
    }
  }

  async #send(): Promise<void> {
    const entries = this.#entries.slice(0, MAX_BATCH);
    const last = this.#acknowledged + entries.length;
    const { reached, released } = this.#events.position();
    const isWhole = last === this.#lastIndex;
    try {
      const reply = await this.#backup.append(
        {
          ...this.#stream,
          first: this.#acknowledged + 1,
          entries,
          reached: isWhole ? reached : (entries.at(-1)?.count ?? 0),
          released,
          isBinding: this.#bindingIndex !== undefined && last >= this.#bindingIndex,
        },
        { timeoutMs: RESEND_MS },
      );
      this.#take(reply.follows, reply.received, reply.replayed);
    } catch {
      // Lost, or late: the next message carries the same entries.
    }
    this.#isSending = false;
    if (this.#entries.length > 0) this.flush();
  }

  #take(follows: boolean, received: number, replayed: number): void {
    if (this.#isClosed) return;
    if (!follows) return this.#giveUp();
    this.#heardAt = this.#host.clock.now();
    if (received > this.#acknowledged) {
      this.#entries = this.#entries.slice(received - this.#acknowledged);
      this.#acknowledged = received;
    }
    this.#replayed = Math.max(this.#replayed, replayed);
    this.#events.progress();
  }

  #giveUp(): void {
    this.#isClosed = true;
    this.#events.suspect();
  }
}

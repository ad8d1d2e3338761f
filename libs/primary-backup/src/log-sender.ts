import type { Client, Host } from '@lockstep/api';
import type { AppendReply, LogEntry, ReplicaRpc, Stream } from './messages.ts';
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
 * The primary's end of the logging channel (§2.1, §3.2). Entries leave at once, however many others are under way:
 * an output waits for one round trip and no more. Acknowledgements are cumulative; when none comes for a while, what
 * the backup lacks first goes again, and the rest is with it already or has its turn after that.
 */
export class LogSender {
  readonly #host: Pick<Host, 'clock'>;
  readonly #backup: Client<ReplicaRpc>;
  readonly #stream: Stream;
  readonly #events: SenderEvents;
  /** From the first that has not been acknowledged. */
  #entries: LogEntry[] = [];
  #lastIndex = 0;
  /** All entries up to this index have been sent. */
  #sent = 0;
  #acknowledged = 0;
  /** Since when the first of the entries has been waiting for its acknowledgement, in ms. */
  #waitingSince = 0;
  #replayed = 0;
  #heardAt = 0;
  /** The receiver is the backup once it has all entries up to this one; undefined: not yet. */
  #bindingIndex: number | undefined;
  #isOpen = false;
  #isFlushing = false;
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
    this.#flush();
  }

  /** Appends an entry, and gives its index. It leaves when the present event is over. */
  append(entry: LogEntry): number {
    this.#entries.push(entry);
    this.#flush();
    return ++this.#lastIndex;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Sends what waits, when the present event is over: what belongs together goes as one message. */
  #flush(): void {
    if (this.#isFlushing || !this.#isOpen) return;
    this.#isFlushing = true;
    void Promise.resolve().then(() => {
      this.#isFlushing = false;
      while (!this.#isClosed && this.#batchEnd(this.#sent) > this.#sent) this.#send(this.#sent);
    });
  }

  async #beat(): Promise<void> {
    const { clock } = this.#host;
    while (!this.#isClosed) {
      const isOverdue = this.#sent > this.#acknowledged && clock.now() - this.#waitingSince > RESEND_MS;
      this.#send(isOverdue ? this.#acknowledged : this.#sent);
      await clock.sleep(HEARTBEAT_MS);
      if (!this.#isClosed && clock.now() - this.#heardAt > SUSPECT_MS) this.#giveUp();
    }
  }

  /** The last entry of a message that begins behind `index`; `index` itself when no entry may leave. */
  #batchEnd(index: number): number {
    return Math.min(index + MAX_BATCH, this.#acknowledged + MAX_UNACKNOWLEDGED, this.#lastIndex);
  }

  /** Sends the entries behind `index`; with none of them, a heartbeat. */
  #send(index: number): void {
    const last = this.#batchEnd(index);
    const { reached, released } = this.#events.position();
    if (index === this.#acknowledged) this.#waitingSince = this.#host.clock.now();
    this.#sent = Math.max(this.#sent, last);
    const message = {
      ...this.#stream,
      first: index + 1,
      entries: this.#entries.slice(index - this.#acknowledged, last - this.#acknowledged),
      reached: last === this.#lastIndex ? reached : 0,
      released,
      isBinding: this.#bindingIndex !== undefined && last >= this.#bindingIndex,
    };
    this.#backup.append(message, { timeoutMs: SUSPECT_MS }).then(
      (reply) => this.#take(reply),
      () => undefined, // Lost, or late: entries go again when they are overdue.
    );
  }

  #take({ follows, received, replayed }: AppendReply): void {
    if (this.#isClosed) return;
    if (!follows) return this.#giveUp();
    this.#heardAt = this.#host.clock.now();
    if (received > this.#acknowledged) {
      this.#entries = this.#entries.slice(received - this.#acknowledged);
      this.#acknowledged = received;
      this.#waitingSince = this.#heardAt;
      this.#flush();
    }
    this.#replayed = Math.max(this.#replayed, replayed);
    this.#events.progress();
  }

  #giveUp(): void {
    this.#isClosed = true;
    this.#events.suspect();
  }
}

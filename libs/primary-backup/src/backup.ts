import type { Output } from '@lockstep/api';
import { claim } from './claim.ts';
import { LogReceiver } from './log-receiver.ts';
import type { AppendArgs, AppendReply, CopiedState, LogEntry, Stream } from './messages.ts';
import { HEARTBEAT_MS, SUSPECT_MS } from './numbers.ts';
import type { Inheritance, PrimaryParts } from './primary.ts';
import { Signal } from './signal.ts';

/** Where a backup begins. */
export interface Beginning extends CopiedState {
  /** False: the machine is a copy, and the primary lets things out that this log does not lead to yet. */
  readonly isBinding: boolean;
}

/** Follows a primary's log with a machine of its own, and takes over when the primary is gone (§2). */
export class Backup {
  readonly #parts: PrimaryParts;
  readonly #stream: Stream;
  readonly #onEnd: (inheritance: Inheritance | undefined) => void;
  /** What has to be replayed. */
  readonly #entries: LogEntry[] = [];
  readonly #log = new LogReceiver();
  /** Nothing happens before this count but the entries that are here. */
  #reached = 0;
  #released = 0;
  #heardAt: number;
  #isBinding: boolean;
  #isFollowing = true;
  /** What follows when the log has been replayed: going live; or, at once, the end. */
  #fate: 'live' | 'lost' | undefined;
  #clock: number;
  /** The guest's packets that the primary may not have sent. */
  #muted: readonly Output[];
  /** When the guest has armed its timer. */
  #armedAtMs: number;
  readonly #wake = new Signal();

  /** @param onEnd the machine is free: this server has taken over, with what it knows; or, with nothing, has lost. */
  constructor(
    parts: PrimaryParts,
    stream: Stream,
    beginning: Beginning,
    onEnd: (inheritance: Inheritance | undefined) => void,
  ) {
    this.#parts = parts;
    this.#stream = stream;
    this.#isBinding = beginning.isBinding;
    this.#clock = beginning.clock;
    this.#muted = beginning.inDoubt;
    this.#onEnd = onEnd;
    this.#heardAt = parts.host.clock.now();
    this.#armedAtMs = this.#heardAt;
    void this.#watch();
    void this.#replay();
  }

  /** May go live when the primary is gone. */
  get isBinding(): boolean {
    return this.#isBinding;
  }

  get epoch(): number {
    return this.#stream.epoch;
  }

  append({ epoch, copy, first, entries, reached, released, isBinding }: AppendArgs): AppendReply {
    const { machine, host } = this.#parts;
    const follows = this.#isFollowing && epoch === this.#stream.epoch && copy === this.#stream.copy;
    if (follows) {
      this.#heardAt = host.clock.now();
      for (const entry of this.#log.take(first, entries)) this.#entries.push(entry);
      // What a message says of the machine behind its entries is of use when there is no gap before them.
      if (first + entries.length - 1 <= this.#log.received) {
        this.#reached = Math.max(this.#reached, reached);
        if (isBinding) this.#isBinding = true;
      }
      this.#released = Math.max(this.#released, released);
      this.#muted = this.#muted.filter(({ number }) => number > this.#released);
      this.#wake.raise();
    }
    return { follows, received: this.#log.received, replayed: machine.count };
  }

  /** Goes live when nothing has come from the primary for a while, and the storage lets it (§2.3). */
  async #watch(): Promise<void> {
    const { host, devices } = this.#parts;
    while (host.clock.now() - this.#heardAt <= SUSPECT_MS) await host.clock.sleep(HEARTBEAT_MS);
    // From here on nothing is acknowledged: it would not be replayed.
    this.#isFollowing = false;
    const hasWon = this.#isBinding && (await claim(host, devices.storage, this.#stream.epoch + 1));
    this.#fate = hasWon ? 'live' : 'lost';
    this.#wake.raise();
  }

  /** Gives the machine what the primary's got, at the same counts; when it has taken over, to the end of the log. */
  async #replay(): Promise<void> {
    for (;;) {
      const entry = this.#entries[0];
      if (this.#fate === 'lost') {
        return this.#onEnd(undefined);
      } else if (entry !== undefined) {
        await this.#replayEntry(entry);
        this.#entries.shift();
      } else if (this.#fate === 'live') {
        return this.#onEnd({ clock: this.#clock, inDoubt: this.#muted, armedAtMs: this.#armedAtMs });
      } else if (this.#parts.machine.count < this.#reached) {
        await this.#runTo(this.#reached);
      } else {
        await this.#wake.wait();
      }
    }
  }

  async #replayEntry({ count, input }: LogEntry): Promise<void> {
    const { machine } = this.#parts;
    await this.#runTo(count);
    if (input === undefined) return;
    // The machine has to come to the question before it can be given the answer.
    if (input.kind === 'clock' || input.kind === 'entropy') await machine.run(count + 1);
    if (input.kind === 'clock') this.#clock = input.microseconds;
    machine.inject(input);
  }

  async #runTo(count: number): Promise<void> {
    const { machine, host } = this.#parts;
    while (machine.count < count) {
      const exit = await machine.run(count);
      if (exit.kind === 'timer') this.#armedAtMs = host.clock.now();
      if (exit.kind === 'output' && exit.output.number > this.#released)
        this.#muted = [...this.#muted, exit.output];
      if (exit.kind === 'halt' || exit.kind === 'idle') return;
    }
  }
}

import type { Host, NetworkCard, Output } from '@lockstep/api';
import { RETRY_MS } from './numbers.ts';

/** An effect on the world that waits for the backup's acknowledgement: the Output Rule (§2.2). */
interface Held {
  readonly index: number;
  readonly act: () => void;
}

/** What the guest does to the world, on its way there. */
export class Outbox {
  readonly #host: Pick<Host, 'clock'>;
  readonly #network: NetworkCard;
  #held: Held[] = [];
  /** Packets that nobody knows to be out, by number, in order. */
  readonly #unsent = new Map<number, Output>();
  #last = 0;
  #isClosed = false;

  constructor(host: Pick<Host, 'clock'>, network: NetworkCard) {
    this.#host = host;
    this.#network = network;
  }

  /** All packets up to this number are out. */
  get released(): number {
    for (const number of this.#unsent.keys()) return number - 1;
    return this.#last;
  }

  /** Packets that the guest has sent, and that may not be out. */
  get inDoubt(): readonly Output[] {
    return [...this.#unsent.values()];
  }

  /** Has `act` happen once the log is acknowledged up to `index`. */
  hold(index: number, act: () => void): void {
    this.#held.push({ index, act });
  }

  /** Lets out what waited for the log up to `acknowledged`. */
  release(acknowledged: number): void {
    while (!this.#isClosed) {
      const [first] = this.#held;
      if (first === undefined || first.index > acknowledged) return;
      this.#held.shift();
      first.act();
    }
  }

  /** Counts a packet among those that are not out. */
  add(output: Output): void {
    this.#unsent.set(output.number, output);
    this.#last = Math.max(this.#last, output.number);
  }

  /** Sends a packet that was added, again and again until it is out. */
  send(output: Output): void {
    this.#network.send(output).then(
      () => void this.#unsent.delete(output.number),
      () => this.#host.clock.after(RETRY_MS, () => this.#isClosed || this.send(output)),
    );
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#isClosed = true;
    this.#held = [];
  }
}

import type { NetworkCard } from '@lockstep/api';
import { Signal } from './signal.ts';

/**
 * Reads the server's card for whoever is live, one call at a time, and no faster than the guest takes the packets: what
 * it does not read waits at the switch.
 */
export class Intake {
  readonly #network: NetworkCard;
  readonly #limit: number;
  #take: ((packet: Uint8Array) => void) | undefined;
  #waiting = 0;
  #isReading = false;
  readonly #room = new Signal();

  /** @param limit packets that may be off the card and not with the guest. */
  constructor(network: NetworkCard, limit: number) {
    this.#network = network;
    this.#limit = limit;
  }

  /** Hands over packets from now on; says so again with `undefined` when nobody wants them any more. */
  handTo(take: ((packet: Uint8Array) => void) | undefined): void {
    this.#take = take;
    this.#waiting = 0;
    this.#room.raise();
    if (take !== undefined && !this.#isReading) void this.#read();
  }

  /** The guest has been given a packet. */
  given(): void {
    this.#waiting--;
    this.#room.raise();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    while (this.#take !== undefined) {
      const packet = await this.#network.receive();
      this.#waiting++;
      this.#take?.(packet);
      while (this.#take !== undefined && this.#waiting >= this.#limit) await this.#room.wait();
    }
    this.#isReading = false;
  }
}

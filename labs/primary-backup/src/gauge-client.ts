import type { Switch } from './switch.ts';

/** Its client, the only one. */
const CLIENT = 1;

/** Instructions of a loop of its work. */
const LOOP = 5;

/** A client of the guest that works for a while, and answers with how many packets have arrived by then. */
export class GaugeClient {
  /** What it has said to each packet, by number: how many had arrived. */
  readonly answers = new Map<number, number>();
  readonly #network: Switch;
  #isListening = false;

  constructor(network: Switch) {
    this.#network = network;
  }

  /** Sends packet `number`, which asks for so many instructions of work. */
  send(number: number, instructions: number): void {
    if (!this.#isListening) {
      this.#isListening = true;
      this.#network.attach(CLIENT, (bytes) => {
        const reply = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        if (bytes.length === 12) this.answers.set(reply.getUint32(4, true), reply.getUint32(8, true));
      });
    }
    const packet = new Uint8Array(12);
    const view = new DataView(packet.buffer);
    view.setUint32(0, CLIENT, true);
    view.setUint32(4, number, true);
    view.setUint32(8, Math.round(instructions / LOOP), true);
    this.#network.fromClient(packet, 0.1);
  }
}

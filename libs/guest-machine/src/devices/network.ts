import type { Reader, Writer } from '../bytes.ts';
import type { Exit } from '../exit.ts';
import { MAX_PACKET_BYTES, PACKET_QUEUE_LENGTH } from '../input.ts';
import type { Memory } from '../memory.ts';

/** The network card: a queue of packets that have arrived, and a way to send one from memory. */
export class Network {
  sendAddress = 0;
  #queue: Uint8Array[] = [];
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Bytes of the packet that is next; 0 if there is none. */
  get receiveLength(): number {
    return this.#queue[0]?.length ?? 0;
  }

  /** Adds a packet to the queue; false if it is full. */
  deliver(packet: Uint8Array): boolean {
    if (this.#queue.length >= PACKET_QUEUE_LENGTH) return false;
    this.#queue.push(packet.slice());
    return true;
  }

  /** Writes the next packet to memory and removes it. False if there is none or no memory. */
  take(address: number): boolean {
    const packet = this.#queue[0];
    const offset = this.#memory.offsetOf(address);
    if (packet === undefined || !this.#memory.holds(offset, packet.length)) return false;
    this.#queue.shift();
    this.#memory.write(offset, packet);
    return true;
  }

  /** Sends bytes from `sendAddress`; undefined if that is no memory, or no packet's length. */
  send(length: number): Exit | undefined {
    const offset = this.#memory.offsetOf(this.sendAddress);
    if (length === 0 || length > MAX_PACKET_BYTES || !this.#memory.holds(offset, length)) return undefined;
    return { kind: 'output', packet: this.#memory.read(offset, length) };
  }

  save(writer: Writer): void {
    writer.word(this.sendAddress);
    writer.word(this.#queue.length);
    for (const packet of this.#queue) writer.bytes(packet);
  }

  restore(reader: Reader): void {
    this.sendAddress = reader.unsigned();
    this.#queue = [];
    for (let left = reader.unsigned(); left > 0; left--) this.#queue.push(reader.bytes());
  }
}

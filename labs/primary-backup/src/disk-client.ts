import type { ScriptWorld } from '@lockstep/test-harness/suite';
import { FAILOVER_MS } from './numbers.ts';
import type { Switch } from './switch.ts';

/** Its replies: client, number, words that were wrong, checksum. */
const REPLY_BYTES = 16;

/** A client of the disk guest. */
export class DiskClient {
  readonly #world: ScriptWorld;
  readonly #network: Switch;
  /** How long a pass may take, in ms. */
  patienceMs = 2 * FAILOVER_MS;
  /** How long it waits for an answer before it asks again, in ms: the guest makes a pass each time that it is asked. */
  repeatMs = FAILOVER_MS / 2;

  constructor(world: ScriptWorld, network: Switch) {
    this.#world = world;
    this.#network = network;
  }

  /** Sends the guest a packet that asks for nothing. */
  greet(): void {
    this.#network.fromClient(new Uint8Array(4), 0.1);
  }

  /** Has the guest write its disk and read it again; a request that was lost with a server is repeated. */
  async pass(client: number, number: number): Promise<void> {
    const world = this.#world;
    const packet = new Uint8Array(8);
    new DataView(packet.buffer).setUint32(0, client, true);
    new DataView(packet.buffer).setUint32(4, number, true);
    let mismatches: number | undefined;
    this.#network.attach(client, (bytes) => {
      const reply = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      if (bytes.length === REPLY_BYTES && reply.getUint32(4, true) === number)
        mismatches = reply.getUint32(8, true);
    });
    const began = world.now;
    for (let sent = -Infinity; mismatches === undefined; await world.sleep(1)) {
      if (world.now - began > this.patienceMs) {
        const message = 'the disk guest does not answer';
        world.fail({ kind: 'liveness', property: 'disk requests', message });
      }
      if (world.now - sent < this.repeatMs) continue;
      sent = world.now;
      this.#network.fromClient(packet, 0.1);
    }
    if (mismatches === 0) return;
    const message = `the disk guest has read ${mismatches} words that it had not written`;
    world.fail({ kind: 'safety', property: 'one disk', message });
  }
}

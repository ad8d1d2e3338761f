import type { NodeId } from '@lockstep/api';
import { decodeKvReply, encodeKvRequest } from '@lockstep/guest-machine';
import type { KvReply, KvRequest } from '@lockstep/guest-machine';
import type { ScriptWorld } from '@lockstep/test-harness/suite';
import type { Driver } from './driver.ts';
import { FAILOVER_MS } from './numbers.ts';
import type { Storage } from './storage.ts';
import type { Switch } from './switch.ts';

/** How long a client waits for a reply before it repeats its request, in ms. */
const REPEAT_MS = 100;

/** The servers and clients of a test, as its script drives them. Nothing here judges safety. */
export class Cluster {
  readonly world: ScriptWorld<Driver>;
  readonly network: Switch;
  readonly storage: Storage;
  readonly #replies = new Map<string, KvReply>();
  readonly #numbers = new Map<number, number>();

  constructor(world: ScriptWorld<Driver>) {
    this.world = world;
    this.network = world.devices['switch'] as Switch;
    this.storage = world.devices['storage'] as Storage;
  }

  /** A client's request to the key/value guest, repeated until it is answered. */
  async request(client: number, request: Omit<KvRequest, 'client' | 'number'>): Promise<KvReply> {
    const number = (this.#numbers.get(client) ?? 0) + 1;
    this.#numbers.set(client, number);
    const packet = encodeKvRequest({ ...request, client, number });
    const { operation, key, value } = request;
    // Keys that expire, or that the guest names, are not those of a plain store.
    const isPlain = operation !== 'create' && request.ttlMs === undefined;
    if (isPlain) this.network.observe({ kind: 'called', client, number, operation, key, value });
    this.network.attach(client, (bytes) => {
      const reply = decodeKvReply(bytes);
      if (reply !== undefined) this.#replies.set(`${reply.client}.${reply.number}`, reply);
    });
    const { world } = this;
    const began = world.now;
    for (;;) {
      this.network.fromClient(packet, world.draw.integer(50, 300) / 1000);
      const reply = await this.#replyWithin(`${client}.${number}`, REPEAT_MS);
      if (reply !== undefined) {
        if (isPlain) this.network.observe({ kind: 'answered', client, number, value: reply.value });
        return reply;
      }
      if (world.now - began > FAILOVER_MS) {
        world.fail({
          kind: 'liveness',
          property: 'availability',
          message: `client ${client} has had no answer for ${Math.round(world.now - began)} ms`,
        });
      }
    }
  }

  /** Has the disk guest write its disk and read it again; a request that was lost with a server is repeated. */
  async diskPass(client: number, number: number): Promise<void> {
    const { world } = this;
    const packet = new Uint8Array(8);
    new DataView(packet.buffer).setUint32(0, client, true);
    new DataView(packet.buffer).setUint32(4, number, true);
    let mismatches: number | undefined;
    this.network.attach(client, (bytes) => {
      const reply = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      if (bytes.length === 16 && reply.getUint32(4, true) === number) mismatches = reply.getUint32(8, true);
    });
    const began = world.now;
    for (let sent = -Infinity; mismatches === undefined; await world.sleep(1)) {
      if (world.now - began > 2 * FAILOVER_MS) {
        world.fail({
          kind: 'liveness',
          property: 'disk requests',
          message: 'the disk guest does not answer',
        });
      }
      if (world.now - sent < FAILOVER_MS / 2) continue;
      sent = world.now;
      this.network.fromClient(packet, 0.1);
    }
    if (mismatches === 0) return;
    const message = `the disk guest has read ${mismatches} words that it had not written`;
    world.fail({ kind: 'safety', property: 'one disk', message });
  }

  async #replyWithin(key: string, ms: number): Promise<KvReply | undefined> {
    const { world } = this;
    const deadline = world.now + ms;
    while (!this.#replies.has(key) && world.now < deadline) await world.sleep(0.5);
    return this.#replies.get(key);
  }

  /** Appends `count` words to a key and checks that the key holds them all, each once and in order. */
  async appendWords(client: number, key: string, count: number): Promise<void> {
    let expected = (await this.request(client, { operation: 'get', key, value: '' })).value;
    for (let i = 0; i < count; i++) {
      const word = `${this.world.nonce().slice(0, 4)},`;
      await this.request(client, { operation: 'append', key, value: word });
      expected += word;
      const { value } = await this.request(client, { operation: 'get', key, value: '' });
      if (value === expected) continue;
      this.world.fail({
        kind: 'safety',
        property: 'one machine',
        message: `the key ${key} holds "${value}" where one machine would hold "${expected}"`,
      });
    }
  }

  /** The servers that are up and whose machine has come as far as the one that is ahead. */
  counts(): readonly (readonly [id: NodeId, count: number])[] {
    return this.world.servers.flatMap((id) => {
      const driver = this.world.driver(id);
      return driver === undefined ? [] : [[id, driver.machine.count] as const];
    });
  }

  /** Cuts a server off from the others, from the clients, from the storage, or puts all in order again. */
  isolate(server: NodeId, { from }: { readonly from: readonly ('peers' | 'clients' | 'storage')[] }): void {
    if (from.includes('peers')) this.world.network.disconnect(server);
    if (from.includes('clients')) this.network.cut(server);
    if (from.includes('storage')) this.storage.cut(server);
  }

  heal(): void {
    this.world.network.heal();
    for (const server of this.world.servers) {
      this.network.mend(server);
      this.storage.mend(server);
    }
  }
}

import { decodeKvReply, encodeKvRequest } from '@lockstep/guest-machine';
import type { KvReply, KvRequest } from '@lockstep/guest-machine';
import type { ScriptWorld } from '@lockstep/test-harness/suite';
import { FAILOVER_MS } from './numbers.ts';
import type { Switch } from './switch.ts';

/** How long a client waits for a reply before it repeats its request, in ms. */
const REPEAT_MS = 100;

/** How often a client looks whether there is a reply, in ms. */
const LOOK_MS = 0.5;

/** A request has had no answer, and need not have one: see {@link KvClients.mayBeLost}. */
export class NoAnswer extends Error {}

/** Clients of the key/value guest, each with one request at a time. */
export class KvClients {
  /** How long a request may go without an answer, in ms. */
  patienceMs = FAILOVER_MS;
  /** All servers that had the guest's machine may be gone: then a request without an answer throws {@link NoAnswer}. */
  mayBeLost = false;
  readonly #world: ScriptWorld;
  readonly #network: Switch;
  readonly #replies = new Map<string, KvReply>();
  readonly #numbers = new Map<number, number>();

  constructor(world: ScriptWorld, network: Switch) {
    this.#world = world;
    this.#network = network;
  }

  /** A request, repeated until it is answered. */
  async request(client: number, request: Omit<KvRequest, 'client' | 'number'>): Promise<KvReply> {
    const number = (this.#numbers.get(client) ?? 0) + 1;
    this.#numbers.set(client, number);
    const packet = encodeKvRequest({ ...request, client, number });
    this.#listen(client);
    const { operation, key, value } = request;
    // Keys that expire, or that the guest names, are not those of a plain store.
    const isPlain = operation !== 'create' && request.ttlMs === undefined;
    if (isPlain) this.#network.observe({ kind: 'called', client, number, operation, key, value });
    const reply = await this.#repeat(packet, client, number);
    if (isPlain) this.#network.observe({ kind: 'answered', client, number, value: reply.value });
    return reply;
  }

  async get(client: number, key: string): Promise<string> {
    return (await this.request(client, { operation: 'get', key, value: '' })).value;
  }

  /** Whether a key that expires is still there. */
  async holds(client: number, key: string): Promise<boolean> {
    return (await this.request(client, { operation: 'get', key, value: '', ttlMs: 0 })).status === 'ok';
  }

  /** Appends `count` words to a key and checks that the key holds them all, each once and in order. */
  async appendWords(client: number, key: string, count: number): Promise<void> {
    let expected = await this.get(client, key);
    for (let i = 0; i < count; i++) {
      const word = `${this.#world.nonce().slice(0, 4)},`;
      await this.request(client, { operation: 'append', key, value: word });
      expected += word;
      const value = await this.get(client, key);
      if (value === expected) continue;
      this.#world.fail({
        kind: 'safety',
        property: 'one machine',
        message: `the key ${key} holds "${value}" where one machine would hold "${expected}"`,
      });
    }
  }

  /** Reads, writes and appends of a few keys that all clients share, `count` of them. */
  async mixed(client: number, count: number): Promise<void> {
    const { draw } = this.#world;
    for (let i = 0; i < count; i++) {
      const operation = draw.pick(['get', 'get', 'append', 'put'] as const);
      const value = operation === 'get' ? '' : `${this.#world.nonce().slice(0, 4)},`;
      await this.request(client, { operation, key: draw.pick(['x', 'y']), value });
    }
  }

  #listen(client: number): void {
    this.#network.attach(client, (bytes) => {
      const reply = decodeKvReply(bytes);
      if (reply !== undefined) this.#replies.set(`${reply.client}.${reply.number}`, reply);
    });
  }

  async #repeat(packet: Uint8Array, client: number, number: number): Promise<KvReply> {
    const began = this.#world.now;
    for (;;) {
      this.#network.fromClient(packet, this.#world.draw.integer(50, 300) / 1000);
      const reply = await this.#replyWithin(`${client}.${number}`, REPEAT_MS);
      if (reply !== undefined) return reply;
      if (this.#world.now - began <= this.patienceMs) continue;
      const message = `client ${client} has had no answer for ${Math.round(this.#world.now - began)} ms`;
      if (this.mayBeLost) throw new NoAnswer(message);
      this.#world.fail({ kind: 'liveness', property: 'availability', message });
    }
  }

  async #replyWithin(key: string, ms: number): Promise<KvReply | undefined> {
    const deadline = this.#world.now + ms;
    while (!this.#replies.has(key) && this.#world.now < deadline) await this.#world.sleep(LOOK_MS);
    return this.#replies.get(key);
  }
}

import type { NodeId } from '@lockstep/api';
import { crashAtWork } from '@lockstep/test-harness/services';
import type { ScriptWorld } from '@lockstep/test-harness/suite';
import type { Driver } from './driver.ts';
import { DiskClient } from './disk-client.ts';
import { GaugeClient } from './gauge-client.ts';
import { KvClients } from './kv-clients.ts';
import { FAILOVER_MS, REPLICA_SCOPE, SETTLED_MS } from './numbers.ts';
import type { Storage } from './storage.ts';
import type { Switch } from './switch.ts';

/** What a server can be cut off from. */
export type Lifeline = 'peers' | 'clients' | 'storage';

/** The servers and clients of a test, as its script drives them. Nothing here judges safety. */
export class Cluster {
  readonly world: ScriptWorld<Driver>;
  readonly network: Switch;
  readonly storage: Storage;
  /** Clients of the key/value guest. */
  readonly kv: KvClients;
  /** A client of the disk guest. */
  readonly disk: DiskClient;
  /** A client of the guest that counts what has arrived. */
  readonly gauge: GaugeClient;

  constructor(world: ScriptWorld<Driver>) {
    this.world = world;
    this.network = world.devices['switch'] as Switch;
    this.storage = world.devices['storage'] as Storage;
    this.kv = new KvClients(world, this.network);
    this.disk = new DiskClient(world, this.network);
    this.gauge = new GaugeClient(this.network);
  }

  /** Who has won the newest epoch. */
  get live(): NodeId {
    return this.storage.holder;
  }

  /** How far the machine of a server is; -1 while the server is down. */
  countOf(server: NodeId): number {
    return this.world.driver(server)?.machine.count ?? -1;
  }

  /** Packets that the guest on a server has sent, as far as that machine knows. */
  outputsOf(server: NodeId): number {
    return this.world.driver(server)?.machine.outputs ?? 0;
  }

  /** What has happened to the machine of a server: what its log has to hold. */
  recordedBy(server: NodeId): {
    readonly events: number;
    readonly eventBytes: number;
    readonly packets: number;
  } {
    const machine = this.world.driver(server)?.machine;
    const { inputs = 0, bytes = 0, packets = 0 } = machine?.injected ?? {};
    return { events: inputs + (machine?.outputs ?? 0), eventBytes: bytes, packets };
  }

  /** Bytes on the logging channel so far. */
  get channelBytes(): number {
    return this.world.counters(undefined, REPLICA_SCOPE).bytes;
  }

  /** Waits until somebody else than `before` is live; `message` says what is wrong when nobody is. */
  async nextLive(
    before: NodeId,
    message = `${before} is gone, and nobody else goes live in ${FAILOVER_MS} ms`,
  ): Promise<NodeId> {
    return this.world.until(() => (this.live === before ? undefined : this.live), {
      withinMs: FAILOVER_MS,
      everyMs: 1,
      violation: () => ({ kind: 'liveness', property: 'availability', message }),
    });
  }

  /**
   * Waits until the server is live whose machine is slow, and makes that as fast as others are. Some claim the epoch
   * before they replay what is left, others when they have (§2.3), so that the machine does not stay slow for ever.
   */
  async slowlyLive(server: NodeId, before: NodeId): Promise<void> {
    const began = this.world.now;
    while (this.live === before && this.world.now < began + FAILOVER_MS) await this.world.sleep(1);
    await this.slowMachine(server, 1);
    await this.nextLive(
      before,
      `${before} is gone, and ${server} does not go live, though its machine is fast again`,
    );
  }

  /** Crashes a server after `effects` of its effects, or after a second in which it does not do that much. */
  async crashAtWork(server: NodeId, effects: number): Promise<void> {
    await crashAtWork(this.world, server, effects, 1_000);
  }

  /** Makes the machine of a server so many times as slow. */
  async slowMachine(server: NodeId, slowness: number): Promise<void> {
    await this.world.invoke(
      server,
      `slowness ${slowness}`,
      ({ machine }) => void (machine.slowness = slowness),
    );
  }

  /** Cuts a server off. */
  isolate(server: NodeId, ...from: readonly Lifeline[]): void {
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

  /** Fails if a server that was slower than the others, or in doubt, has gone live. */
  checkNobodyWentLive(): void {
    if (this.storage.epoch === 1) return;
    this.world.fail({
      kind: 'liveness',
      property: 'stability',
      message: `${this.live} went on without the other server, though none had failed`,
    });
  }

  /** Everything works again: lets what is under way come to its end. */
  async settle(): Promise<void> {
    await this.world.sleep(SETTLED_MS + 500);
  }
}

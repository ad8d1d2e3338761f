import type { Client, CallOptions, Host } from '@lockstep/api';
import { Line } from '../line.ts';
import type { Elsewhere } from '../line.ts';
import { backOff } from '../pause.ts';
import type { Leaving } from './holdings.ts';
import type { GroupRpc, Welcomed } from './messages.ts';
import type { Replica } from './replica.ts';

/** A shard may be large. */
const INSTALL_TIMEOUT_MS = 1000;

/** The pause before the new owner is asked again; it grows while nothing comes of it. */
const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 160;

/** How many times a server is asked in vain before another one is, whatever it answers. */
const PATIENCE = 8;

/** Hands over the shards that are to leave, each by itself: one that cannot go holds up no other. */
export class Movers {
  readonly #replica: Replica;
  /** Shards that are being handed over here. */
  readonly #moving = new Set<number>();

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** Begins what has not begun. */
  look(): void {
    for (const leaving of this.#replica.machine.holdings.leaving) {
      if (this.#moving.has(leaving.shard)) continue;
      this.#moving.add(leaving.shard);
      void this.#move(leaving).finally(() => this.#moving.delete(leaving.shard));
    }
  }

  async #move(leaving: Leaving): Promise<void> {
    const { host } = this.#replica;
    const line = new Line<GroupRpc>(host, leaving.destination.servers);
    for (let failures = 0; this.#isToGo(leaving); failures++) {
      if (await this.#hasArrived(leaving, line)) {
        const { shard, hop } = leaving;
        await this.#replica.submit<'handed-over'>({ kind: 'handed-over', shard, hop });
        return;
      }
      if (failures % line.length === line.length - 1) await this.#pause(host, failures);
      // Who does not know of the change yet may be a leader that has lost its group, and will never know.
      if (failures % PATIENCE === PATIENCE - 1) line.moveOn();
    }
  }

  #pause(host: Host, failures: number): Promise<void> {
    return backOff(host, failures, FIRST_PAUSE_MS, MAX_PAUSE_MS);
  }

  /** Whether this server leads, and its group still has the shard. */
  #isToGo({ shard, hop }: Leaving): boolean {
    const { isLeader, machine } = this.#replica;
    return isLeader && machine.holdings.leaving.some((one) => one.shard === shard && one.hop === hop);
  }

  /** Whether the new owner has the shard for good. Contents are sent to those only who want them. */
  async #hasArrived({ shard, hop, destination }: Leaving, line: Line<GroupRpc>): Promise<boolean> {
    const { since } = destination;
    const ask = (
      request: (server: Client<GroupRpc>, options: CallOptions) => Promise<Welcomed | Elsewhere>,
      timeoutMs?: number,
    ): Promise<Welcomed | undefined> => line.attempt<Welcomed>(request, timeoutMs);
    const asked = await ask((server, options) => server.announce({ shard, hop, since }, options));
    if (asked?.welcome !== 'wanted') return asked?.welcome === 'known';
    const contents = this.#replica.machine.holdings.contents(shard);
    if (contents === undefined) return false;
    const arrival = { shard, hop, since, contents };
    const reply = await ask((server, options) => server.install(arrival, options), INSTALL_TIMEOUT_MS);
    return reply?.welcome === 'wanted' || reply?.welcome === 'known';
  }
}

import { NO_GROUP } from '@lockstep/api';
import type { GroupId, NodeId, ShardConfiguration } from '@lockstep/api';
import { NO_CONFIGURATION } from '../controller/configurations.ts';
import type { Refusal } from './messages.ts';
import { Shard } from './shard.ts';
import type { StoredShard } from './shard.ts';

/** Where a shard is to go. */
export interface Destination {
  readonly group: GroupId;
  readonly servers: readonly NodeId[];
  /** The number of the configuration that says so. */
  readonly since: number;
}

/** A shard that this group has, and nobody else. */
interface Holding {
  readonly shard: Shard;
  readonly hop: number;
  /** It is to be handed over, and does not change any more. */
  readonly leaving?: Destination;
}

/** A shard that has to be handed over. */
export interface Leaving {
  readonly shard: number;
  /** The hop that the hand-over makes. */
  readonly hop: number;
  readonly destination: Destination;
}

/** A shard on its way. */
export interface Arrival {
  readonly shard: number;
  readonly hop: number;
  readonly since: number;
  readonly contents: StoredShard;
}

/**
 * What may be done with an arrival: `wanted`; `known`, since it, or a later hop of the same shard, has come already; or
 * `early`, when this group has not got to the configuration yet that sends the shard here.
 */
export type Welcome = 'wanted' | 'known' | 'early';

/** All holdings as plain data. */
export interface StoredHoldings {
  readonly configuration: ShardConfiguration;
  readonly assigned: readonly number[];
  readonly hops: readonly (readonly [shard: number, hop: number])[];
  readonly shards: readonly (readonly [shard: number, contents: StoredShard, leaving?: Destination])[];
}

/**
 * The shards that a group has, and where they go.
 *
 * A shard is a token: there is one of it, and it is with one group or on its way from one to another. Each hand-over is
 * a hop, and hops are numbered, from 1 for the group that makes the shard when it is assigned for the first time. A
 * group remembers the last hop by which each shard has come to it, so that a late copy of any earlier one is known for
 * what it is. The old owner has frozen what it sends, sends it until the new owner has it for good, and then deletes
 * it; until then nobody else can have it. The new owner asks for nothing, and so waits for nothing: it serves what has
 * come and what is assigned to it.
 *
 * Hence configurations need not wait for moves. A group takes them one by one as they come, and one that does not
 * answer holds up nothing but the shards that it has, or may have. A shard whose assignment changes while it is on its
 * way goes where it was sent first, and then on; its old owner cannot know any more that it has not arrived.
 */
export class Holdings {
  readonly #self: GroupId;
  #configuration = NO_CONFIGURATION;
  /** Shards that some group has or had. */
  #assigned = new Set<number>();
  #holdings = new Map<number, Holding>();
  /** The last hop by which each shard has come here. */
  #hops = new Map<number, number>();

  constructor(self: GroupId) {
    this.#self = self;
  }

  get configuration(): ShardConfiguration {
    return this.#configuration;
  }

  /** Takes the next configuration, and no other: who skips one does not know which shards have been made. */
  configure(next: ShardConfiguration): void {
    if (next.number !== this.#configuration.number + 1) return;
    this.#configuration = next;
    for (const [shard, owner] of next.shards.entries()) {
      if (owner === NO_GROUP) continue;
      if (!this.#assigned.has(shard)) this.#make(shard, owner);
      this.#route(shard);
    }
  }

  /** The shard, if this group has it, and may change it. */
  held(shard: number): Shard | undefined {
    const holding = this.#holdings.get(shard);
    return holding === undefined || holding.leaving !== undefined ? undefined : holding.shard;
  }

  /** The shard, if this group has it and it is assigned to this group. */
  served(shard: number): Shard | undefined {
    return this.isAssigned(shard) ? this.held(shard) : undefined;
  }

  /** The shard, if this group has it, be it on its way out. */
  present(shard: number): Shard | undefined {
    return this.#holdings.get(shard)?.shard;
  }

  /** All shards that this group has, and may change. */
  get all(): readonly (readonly [number: number, shard: Shard])[] {
    return [...this.#holdings].flatMap(([number, { shard, leaving }]) =>
      leaving === undefined ? [[number, shard] as const] : [],
    );
  }

  /** The shards among them that will leave with the next configuration. */
  leavers(next: ShardConfiguration): readonly (readonly [number: number, shard: Shard])[] {
    if (next.number !== this.#configuration.number + 1) return [];
    return this.all.filter(([number]) => {
      const owner = next.shards[number];
      return owner !== NO_GROUP && owner !== this.#self;
    });
  }

  /** Why a shard is not served here. */
  refusal(shard: number): Refusal {
    if (this.isAssigned(shard)) return { kind: 'awaited' };
    return { kind: 'wrong-group', configuration: this.#configuration.number };
  }

  isAssigned(shard: number): boolean {
    return this.#configuration.shards[shard] === this.#self;
  }

  /** The shards that have to be handed over. */
  get leaving(): readonly Leaving[] {
    return [...this.#holdings].flatMap(([shard, { hop, leaving }]) =>
      leaving === undefined ? [] : [{ shard, hop: hop + 1, destination: leaving }],
    );
  }

  /** What the new owner is to get. */
  contents(shard: number): StoredShard | undefined {
    return this.present(shard)?.save();
  }

  welcome({ shard, hop, since }: Omit<Arrival, 'contents'>): Welcome {
    if (hop <= (this.#hops.get(shard) ?? 0)) return 'known';
    return since > this.#configuration.number ? 'early' : 'wanted';
  }

  /** Takes in what another group has sent. It may have to go on at once. */
  install(arrival: Arrival): Welcome {
    const welcome = this.welcome(arrival);
    if (welcome !== 'wanted') return welcome;
    const { shard, hop, contents } = arrival;
    this.#hold(shard, { shard: Shard.restored(contents), hop });
    this.#route(shard);
    return 'wanted';
  }

  /** The new owner has it for good. */
  handedOver(shard: number, hop: number): void {
    const holding = this.#holdings.get(shard);
    if (holding?.leaving !== undefined && holding.hop + 1 === hop) this.#holdings.delete(shard);
  }

  save(): StoredHoldings {
    return {
      configuration: this.#configuration,
      assigned: [...this.#assigned],
      hops: [...this.#hops],
      shards: [...this.#holdings].map(([shard, { shard: contents, leaving }]) =>
        leaving === undefined ? [shard, contents.save()] : [shard, contents.save(), leaving],
      ),
    };
  }

  restore({ configuration, assigned, hops, shards }: StoredHoldings): void {
    this.#configuration = configuration;
    this.#assigned = new Set(assigned);
    this.#hops = new Map(hops);
    this.#holdings = new Map();
    for (const [shard, contents, leaving] of shards) {
      const holding = { shard: Shard.restored(contents), hop: this.#hops.get(shard) ?? 0 };
      this.#holdings.set(shard, leaving === undefined ? holding : { ...holding, leaving });
    }
  }

  #make(shard: number, owner: GroupId): void {
    this.#assigned.add(shard);
    if (owner === this.#self) this.#hold(shard, { shard: new Shard(), hop: 1 });
  }

  #hold(shard: number, holding: Holding): void {
    this.#holdings.set(shard, holding);
    this.#hops.set(shard, holding.hop);
  }

  /** Freezes a shard that is here, if it belongs elsewhere. Assigned to nobody, it stays, and is not served. */
  #route(shard: number): void {
    const holding = this.#holdings.get(shard);
    if (holding === undefined || holding.leaving !== undefined) return;
    const { number, shards, groups } = this.#configuration;
    const owner = shards[shard] ?? NO_GROUP;
    const servers = groups[String(owner)];
    if (owner === NO_GROUP || owner === this.#self || servers === undefined) return;
    this.#holdings.set(shard, { ...holding, leaving: { group: owner, servers, since: number } });
  }
}

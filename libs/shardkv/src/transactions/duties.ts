import type { Client, CallOptions } from '@lockstep/api';
import type { GroupRpc, Outcome } from '../group/messages.ts';
import type { Replica } from '../group/replica.ts';
import type { Elsewhere, Line } from '../line.ts';
import { Lines } from '../lines.ts';
import { backOff, pause } from '../pause.ts';
import type { Applied, Undecided } from './coordinator.ts';
import type {
  Abandon,
  Conclude,
  FateReply,
  Part,
  Settle,
  Told,
  TransactionId,
  Vote,
  Votes,
} from './messages.ts';
import type { Refusal } from '../group/messages.ts';
import { nameOf } from './participant.ts';
import { outcomeOf, partsOf } from './parts.ts';

/**
 * How long an attempt waits for shards that nobody seems to serve at present, or that are with a group that does not
 * answer: it holds the locks of others meanwhile.
 */
const ATTEMPT_MS = 300;

/** How long a group may take to vote. */
const VOTE_TIMEOUT_MS = 200;

/** A shard that has been prepared for so long asks what has become of the attempt, and so again. */
const INQUIRY_MS = 250;

/** The pause before shards that could not be told are told again. */
const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 320;

/**
 * What transactions make a group's leader do: as a coordinator, collect votes, decide, and tell; as a participant, ask
 * what was decided. It keeps votes in memory alone: the next leader asks for them again, and gets the same.
 */
export class TransactionDuties {
  readonly #replica: Replica;
  readonly #lines: Lines<GroupRpc>;
  readonly #underWay = new Set<string>();
  /** When parts were seen prepared first, or have asked last. */
  #seen = new Map<string, number>();

  constructor(replica: Replica) {
    this.#replica = replica;
    this.#lines = new Lines(replica.host);
  }

  /** Begins what has not begun. */
  look(): void {
    for (const [number, shard] of this.#replica.machine.holdings.all) {
      for (const attempt of shard.coordinator.undecided) {
        const id = { shard: number, number: attempt.number };
        this.#begin(nameOf(id), () => this.#coordinate(id, attempt));
      }
      for (const applied of shard.coordinator.applied) {
        const id = { shard: number, number: applied.number };
        this.#begin(nameOf(id), () => this.#tell(id, applied));
      }
    }
    this.#inquire();
  }

  #begin(name: string, work: () => Promise<void>): void {
    if (this.#underWay.has(name)) return;
    this.#underWay.add(name);
    void work().finally(() => this.#underWay.delete(name));
  }

  // As a coordinator.

  async #coordinate(id: TransactionId, { number, request }: Undecided): Promise<void> {
    const { host, machine } = this.#replica;
    const parts = partsOf(request.reads, request.writes);
    const votes = new Map<Part, Vote>();
    const deadline = host.clock.now() + ATTEMPT_MS;
    for (;;) {
      await this.#collect(id, parts, votes);
      const coordinator = machine.holdings.held(id.shard)?.coordinator;
      if (!this.#replica.isLeader || coordinator?.undecidedAt(number) === undefined) return;
      const given = [...votes.values()];
      const isRefused = given.some(({ kind }) => kind === 'busy' || kind === 'over');
      const isUnanimous = given.length === parts.length && given.every(({ kind }) => kind === 'prepared');
      if (isUnanimous) {
        const prepared = [...votes].flatMap(([part, vote]) =>
          vote.kind === 'prepared' ? [{ part, entries: vote.entries, holds: vote.holds }] : [],
        );
        const outcome = outcomeOf(request.reads, prepared);
        return this.#decide(id, { kind: 'conclude', id, outcome }, parts);
      }
      if (isRefused || host.clock.now() >= deadline) return this.#decide(id, { kind: 'abandon', id }, parts);
      await pause(host);
    }
  }

  /** Asks those who have not voted. */
  async #collect(id: TransactionId, parts: readonly Part[], votes: Map<Part, Vote>): Promise<void> {
    const missing = parts.filter((part) => votes.get(part)?.kind !== 'prepared');
    const { holdings } = this.#replica.machine;
    const open = holdings.held(id.shard)?.coordinator.open ?? [];
    for (const part of missing) {
      const given = holdings.held(part.shard)?.participant.vote(id);
      if (given !== undefined) votes.set(part, given);
    }
    const byGroup = this.#byOwner(
      missing.filter((part) => !votes.has(part) || votes.get(part)?.kind === 'away'),
    );
    const asking = byGroup.map(async ([line, asked]) => {
      const reply = await this.#ask<Votes>(
        line,
        (server, options) => server.prepare({ id, open, parts: asked }, options),
        async () => (await this.#submit({ kind: 'prepare', id, open, parts: asked })) as Votes | undefined,
        VOTE_TIMEOUT_MS,
      );
      for (const [i, vote] of (reply?.votes ?? []).entries()) {
        const part = asked[i];
        if (part !== undefined) votes.set(part, vote);
      }
    });
    await Promise.all(asking);
  }

  /**
   * Decides; and if nothing is written, tells those who are prepared, once: who does not hear it will ask. Of writes
   * there is a record now, which sees to it that all hear of them.
   */
  async #decide(id: TransactionId, decision: Conclude | Abandon, parts: readonly Part[]): Promise<void> {
    await this.#submit(decision);
    const { holdings } = this.#replica.machine;
    if (holdings.held(id.shard)?.coordinator.fate(id.number) !== 'released') return;
    const elsewhere = parts.filter(({ shard }) => holdings.held(shard) === undefined);
    const shards = elsewhere.map(({ shard }) => shard);
    await this.#settle(id, false, shards);
  }

  async #tell(id: TransactionId, { number, shards }: Applied): Promise<void> {
    const missing = new Set(shards);
    for (let failures = 0; missing.size > 0; failures++) {
      for (const shard of await this.#settle(id, true, [...missing])) missing.delete(shard);
      const coordinator = this.#replica.machine.holdings.held(id.shard)?.coordinator;
      if (!this.#replica.isLeader || coordinator?.fate(number) !== 'applied') return;
      if (missing.size > 0) await backOff(this.#replica.host, failures, FIRST_PAUSE_MS, MAX_PAUSE_MS);
    }
    await this.#submit({ kind: 'finish', id });
  }

  /** Tells shards of a decision. Gives those who know of it now. */
  async #settle(
    id: TransactionId,
    isApplied: boolean,
    shards: readonly number[],
  ): Promise<readonly number[]> {
    const open = this.#replica.machine.holdings.held(id.shard)?.coordinator.open;
    if (open === undefined) return [];
    const telling = this.#byOwner(shards.map((shard) => ({ shard }))).map(async ([line, told]) => {
      const args = { id, open, isApplied, shards: told.map(({ shard }) => shard) };
      const reply = await this.#ask<Told>(
        line,
        (server, options) => server.settle(args, options),
        async () => (await this.#submit({ kind: 'settle', ...args })) as Told | undefined,
      );
      return reply?.shards ?? [];
    });
    return (await Promise.all(telling)).flat();
  }

  // As a participant.

  #inquire(): void {
    const now = this.#replica.host.clock.now();
    const seen = new Map<string, number>();
    for (const [shard, { participant }] of this.#replica.machine.holdings.all) {
      for (const { id } of participant.prepared) {
        const name = `${shard}:${nameOf(id)}`;
        const since = this.#seen.get(name) ?? now;
        const isDue = now - since >= INQUIRY_MS;
        seen.set(name, isDue ? now : since);
        if (isDue) this.#begin(name, () => this.#askFor(id, shard));
      }
    }
    this.#seen = seen;
  }

  async #askFor(id: TransactionId, shard: number): Promise<void> {
    const { machine } = this.#replica;
    const [owner] = this.#byOwner([{ shard: id.shard }]);
    if (owner === undefined) return;
    const reply = await this.#ask<FateReply | Refusal>(
      owner[0],
      (server, options) => server.fate(id, options),
      () => this.#replica.read(() => machine.transactions.fate(id)),
    );
    if (reply?.kind !== 'fate' || reply.fate === 'undecided') return;
    const isApplied = reply.fate === 'applied';
    await this.#submit({ kind: 'settle', id, open: reply.open, shards: [shard], isApplied });
  }

  // Who is asked.

  /** Things by the groups that have their shards; `undefined` is this group. What nobody has is left out. */
  #byOwner<Thing extends { readonly shard: number }>(
    things: readonly Thing[],
  ): readonly (readonly [Line<GroupRpc> | undefined, readonly Thing[]])[] {
    const { holdings } = this.#replica.machine;
    const groups = new Map<Line<GroupRpc> | undefined, Thing[]>();
    for (const thing of things) {
      const isHere = holdings.isAssigned(thing.shard) || holdings.held(thing.shard) !== undefined;
      const line = isHere ? undefined : this.#lines.to(holdings.configuration, thing.shard);
      if (!isHere && line === undefined) continue;
      const known = groups.get(line);
      if (known === undefined) groups.set(line, [thing]);
      else known.push(thing);
    }
    return [...groups];
  }

  /** Asks a group: another one, whose servers are tried in turn, or this one. */
  async #ask<Reply extends { readonly kind: string }>(
    line: Line<GroupRpc> | undefined,
    request: (server: Client<GroupRpc>, options: CallOptions) => Promise<Reply | Elsewhere>,
    own: () => Promise<Reply | undefined>,
    timeoutMs?: number,
  ): Promise<Reply | undefined> {
    if (line === undefined) return own();
    for (let attempt = 0; attempt < line.length; attempt++) {
      const reply = await line.attempt<Reply>(request, timeoutMs);
      if (reply !== undefined) return reply;
    }
    return undefined;
  }

  #submit(command: Parameters<Replica['submit']>[0] | Settle): Promise<Outcome | undefined> {
    return this.#replica.submit(command);
  }
}

import { SHARDS } from '@lockstep/api';
import type { Host } from '@lockstep/api';

import type { TransactionRecord } from './content.ts';
import type { GroupCommand, GroupMachine, GroupResult } from './group-machine.ts';
import type { NotServed } from './messages.ts';
import { Backoff } from './neighbours.ts';
import type { Neighbours } from './neighbours.ts';
import type { Replica } from './replica.ts';
import type { Tasks } from './tasks.ts';
import { currentRecord, outcomeOf, partOf } from './transactions.ts';
import type { Vote } from './transactions.ts';

const CALL_TIMEOUT_MS = 600;
/** How long an attempt holds its locks while a participant says nothing; more after each attempt that failed. */
const PATIENCE_MS = 800;
const MOST_PATIENCE = 4;

/**
 * What the leader of a coordinating group does so that transactions come to an end. Votes are in its memory only; but
 * whoever leads next, in this group or where the shard has gone, can collect them again from the record.
 */
export class Coordinator {
  readonly #host: Host;
  readonly #machine: GroupMachine;
  readonly #replica: Replica<GroupCommand, GroupResult>;
  readonly #neighbours: Neighbours;
  readonly #tasks: Tasks;

  constructor(
    host: Host,
    machine: GroupMachine,
    replica: Replica<GroupCommand, GroupResult>,
    neighbours: Neighbours,
    tasks: Tasks,
  ) {
    this.#host = host;
    this.#machine = machine;
    this.#replica = replica;
    this.#neighbours = neighbours;
    this.#tasks = tasks;
  }

  /** Starts whatever is to be done now; called after every change of the state. */
  work(): void {
    if (!this.#replica.isLeader) return;
    for (let shard = 0; shard < SHARDS; shard++) {
      for (const name of this.#machine.held(shard)?.records.keys() ?? []) {
        this.#tasks.spawn(`transaction ${name}`, () => this.#drive(shard, name));
      }
    }
  }

  async #drive(home: number, name: string): Promise<void> {
    const backoff = new Backoff(this.#host, 20, 500);
    for (;;) {
      const record = this.#replica.isLeader ? this.#machine.held(home)?.records.get(name) : undefined;
      if (record === undefined) return;
      const command =
        record.verdict === undefined ? await this.#collect(home, record) : await this.#tell(home, record);
      const result = command === undefined ? undefined : await this.#replica.propose(command);
      if (result === undefined) await backoff.pause();
      else backoff.reset();
    }
  }

  /** Whether the record is still at this point, and this server has to see to it. */
  #isCurrent(home: number, record: TransactionRecord): boolean {
    const content = this.#machine.held(home);
    return this.#replica.isLeader && content !== undefined && currentRecord(content, record) !== undefined;
  }

  /**
   * Collects the votes, one participant after the other in the order of the shards: who waits for a lock holds none
   * that comes later, so that there is no circle. When a participant cannot be reached for long, the others get their
   * locks back: a group that is dead holds up its own shards, and not those of others.
   */
  async #collect(home: number, record: TransactionRecord): Promise<GroupCommand | undefined> {
    const { attempt } = record;
    const ticket = { lane: record.lane, seq: record.seq };
    const votes: Vote[] = [];
    for (const shard of record.participants) {
      const vote = await this.#vote(home, record, shard);
      if (!this.#isCurrent(home, record)) return undefined;
      if (vote === undefined) {
        return { kind: 'decide', shard: home, ticket, attempt, verdict: 'release', entries: [] };
      }
      votes.push(vote);
    }
    const { hasCommitted, entries } = outcomeOf(record, votes);
    return {
      kind: 'decide',
      shard: home,
      ticket,
      attempt,
      verdict: hasCommitted ? 'commit' : 'refuse',
      entries,
    };
  }

  /** `undefined` when the participant was silent for too long, or the vote is not wanted any more. */
  async #vote(home: number, record: TransactionRecord, shard: number): Promise<Vote | undefined> {
    const { lane, seq, attempt } = record;
    const wanted = { lane, seq, attempt, ...partOf(record, shard) };
    const patience = PATIENCE_MS * Math.min(attempt, MOST_PATIENCE);
    const backoff = new Backoff(this.#host, 20, 200);
    let heard = this.#host.clock.now();
    while (this.#isCurrent(home, record) && this.#host.clock.now() - heard < patience) {
      const request = { number: this.#machine.view.number, shard, promise: wanted };
      const reply = await this.#neighbours.owner(shard, CALL_TIMEOUT_MS, (peer, options) =>
        peer.vote(request, options),
      );
      if (reply?.kind === 'vote') return reply.vote;
      if (reply?.kind === 'waiting') heard = this.#host.clock.now();
      else if (reply?.kind !== 'not-served' || !(await this.#learn(reply))) await backoff.pause();
    }
    return undefined;
  }

  /**
   * Tells all participants of the verdict until each has carried it out. For a verdict to release this also finds out
   * when all can be reached again: there is no new attempt before, and nothing is locked meanwhile.
   */
  async #tell(home: number, record: TransactionRecord): Promise<GroupCommand | undefined> {
    const told = await Promise.all(record.participants.map((shard) => this.#tellOne(home, record, shard)));
    if (told.includes(false)) return undefined;
    const ticket = { lane: record.lane, seq: record.seq };
    return { kind: 'conclude', shard: home, ticket, attempt: record.attempt };
  }

  async #tellOne(home: number, record: TransactionRecord, shard: number): Promise<boolean> {
    const { lane, seq, attempt, verdict } = record;
    if (verdict === undefined) return false;
    const backoff = new Backoff(this.#host, 20, 500);
    while (this.#isCurrent(home, record)) {
      const request = { number: this.#machine.view.number, shard, ticket: { lane, seq }, attempt, verdict };
      const reply = await this.#neighbours.owner(shard, CALL_TIMEOUT_MS, (peer, options) =>
        peer.finish(request, options),
      );
      if (reply?.kind === 'done') return true;
      if (reply?.kind !== 'not-served' || !(await this.#learn(reply))) await backoff.pause();
    }
    return false;
  }

  /** A shard that has moved can be found by what its last owner knows, even if the controller is not to be heard. */
  async #learn({ view }: NotServed): Promise<boolean> {
    if (view === undefined || view.number <= this.#machine.view.number) return false;
    return (await this.#replica.propose({ kind: 'adopt', view })) !== undefined;
  }
}

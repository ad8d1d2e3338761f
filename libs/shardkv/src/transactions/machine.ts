import { NO_GROUP } from '@lockstep/api';
import type { ShardConfiguration, TransactionOutcome } from '@lockstep/api';
import type { Holdings } from '../group/holdings.ts';
import type { Refusal } from '../group/messages.ts';
import type { Shard } from '../group/shard.ts';
import type {
  Begun,
  Conclude,
  FateReply,
  Part,
  Prepare,
  Settle,
  Told,
  TransactInSession,
  Transacted,
  TransactionId,
  Vote,
  Votes,
} from './messages.ts';
import { outcomeOf, partsOf } from './parts.ts';
import type { PreparedPart } from './parts.ts';

/** A part whose shard is served here. */
interface LocalPart {
  readonly part: Part;
  readonly shard: Shard;
}

/**
 * What transactions do to the shards of a group. Every step is an entry of the log, and whatever must not happen to a
 * shard that is elsewhere, or on its way, does not: it is asked for the shard here and now.
 */
export class TransactionMachine {
  readonly #holdings: Holdings;

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
  }

  /** What comes of a transaction, as far as it is known without doing it. */
  look({ clerk, shard: number, sequence }: TransactInSession): Transacted | Begun | Refusal | undefined {
    const shard = this.#holdings.served(number);
    if (shard === undefined) return this.#holdings.refusal(number);
    const known = shard.sessions.look(clerk, sequence);
    if (known.kind === 'settled') return known;
    if (known.kind === 'done') return { kind: 'transacted', outcome: known.result as TransactionOutcome };
    const attempt = shard.coordinator.underWay(clerk, sequence);
    return attempt === undefined ? undefined : { kind: 'begun', number: attempt };
  }

  /** Why an attempt would be in vain at present. */
  hindrance({ reads, writes }: Pick<TransactInSession, 'reads' | 'writes'>): Refusal | undefined {
    const { shards } = this.#holdings.configuration;
    for (const part of partsOf(reads, writes)) {
      const shard = this.#holdings.served(part.shard);
      if (shard?.participant.locks.conflictWith(part) === true) return { kind: 'locked' };
      const isNowhere = shards[part.shard] === NO_GROUP || this.#holdings.isAssigned(part.shard);
      if (shard === undefined && isNowhere) return { kind: 'awaited' };
    }
    return undefined;
  }

  /** Does a transaction at once if all its shards are here; begins an attempt otherwise. */
  transact(command: TransactInSession): Transacted | Begun | Refusal {
    const { clerk, settledBelow, reads, writes } = command;
    const home = this.#holdings.served(command.shard);
    home?.sessions.touch(clerk, settledBelow);
    const known = this.look(command) ?? this.hindrance(command);
    if (known !== undefined || home === undefined) return known ?? this.#holdings.refusal(command.shard);
    const parts = partsOf(reads, writes);
    const local = this.#local(parts);
    const number = home.coordinator.begin(command);
    const id = { shard: command.shard, number };
    const { open } = home.coordinator;
    const votes = local.map(({ part, shard }) => shard.participant.prepare(id, open, part));
    if (local.length < parts.length) return { kind: 'begun', number };
    const prepared = local.flatMap(({ part }, i) => preparedPart(part, votes[i]));
    this.conclude({ kind: 'conclude', id, outcome: outcomeOf(reads, prepared) });
    return this.look(command) ?? this.#holdings.refusal(command.shard);
  }

  /** All of the parts, or none: an attempt that one shard refuses need not hold the keys of another. */
  prepare({ id, open, parts }: Prepare): Votes {
    const local = this.#local(parts);
    const isBusy = local.some(
      ({ part, shard }) =>
        shard.participant.vote(id) === undefined && shard.participant.locks.conflictWith(part),
    );
    if (isBusy) return { kind: 'votes', votes: parts.map((): Vote => ({ kind: 'busy' })) };
    const votes = parts.map((part): Vote => {
      const shard = this.#holdings.served(part.shard);
      return shard?.participant.prepare(id, open, part) ?? { kind: 'away' };
    });
    return { kind: 'votes', votes };
  }

  /** The decision, and its moment: from here on the transaction has happened. */
  conclude({ id, outcome }: Conclude): void {
    const home = this.#holdings.held(id.shard);
    const attempt = home?.coordinator.undecidedAt(id.number);
    if (home === undefined || attempt === undefined) return;
    const { clerk, sequence, reads, writes } = attempt.request;
    home.sessions.record(clerk, sequence, outcome);
    this.#end(home, id, outcome.hasCommitted && writes.length > 0, partsOf(reads, writes));
  }

  /** Gives an attempt up. Shards elsewhere that are prepared for it will hear of it, or ask. */
  abandon(id: TransactionId): void {
    const home = this.#holdings.held(id.shard);
    const attempt = home?.coordinator.undecidedAt(id.number);
    if (home === undefined || attempt === undefined) return;
    const { reads, writes } = attempt.request;
    this.#end(home, id, false, partsOf(reads, writes));
  }

  /** Gives up what shards coordinate that are about to leave, so that nobody has to wait for their arrival. */
  beforeLeaving(next: ShardConfiguration): void {
    for (const [number, shard] of this.#holdings.leavers(next)) {
      for (const attempt of shard.coordinator.undecided)
        this.abandon({ shard: number, number: attempt.number });
    }
  }

  settle({ id, open, shards, isApplied }: Settle): Told {
    const told = shards.filter((number) => {
      const shard = this.#holdings.held(number);
      shard?.participant.settle(id, open, isApplied);
      return shard !== undefined;
    });
    return { kind: 'told', shards: told };
  }

  finish(id: TransactionId): void {
    this.#holdings.held(id.shard)?.coordinator.forget(id.number);
  }

  /** What has become of an attempt. It can be said even of a shard that is frozen: fates do not change. */
  fate(id: TransactionId): FateReply | Refusal {
    const coordinator = this.#holdings.present(id.shard)?.coordinator;
    if (coordinator === undefined) return this.#holdings.refusal(id.shard);
    return { kind: 'fate', fate: coordinator.fate(id.number), open: coordinator.open };
  }

  /** Tells the shards that are here. Of writes, the record names those that are not; locks alone they can ask for. */
  #end(home: Shard, id: TransactionId, isApplied: boolean, parts: readonly Part[]): void {
    const elsewhere = parts.filter(({ shard: number }) => this.#holdings.held(number) === undefined);
    const shards = elsewhere.map(({ shard }) => shard);
    if (isApplied) home.coordinator.apply({ number: id.number, shards });
    else home.coordinator.forget(id.number);
    const { open } = home.coordinator;
    for (const { shard: number } of parts) {
      this.#holdings.held(number)?.participant.settle(id, open, isApplied);
    }
  }

  #local(parts: readonly Part[]): readonly LocalPart[] {
    return parts.flatMap((part) => {
      const shard = this.#holdings.served(part.shard);
      return shard === undefined ? [] : [{ part, shard }];
    });
  }
}

function preparedPart(part: Part, vote: Vote | undefined): readonly PreparedPart[] {
  return vote?.kind === 'prepared' ? [{ part, entries: vote.entries, holds: vote.holds }] : [];
}

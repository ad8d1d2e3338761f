import { shardOf } from '@lockstep/api';
import type { GroupId } from '@lockstep/api';
import type { StateMachine } from '@lockstep/rsm';
import { TransactionMachine } from '../transactions/machine.ts';
import { Holdings } from './holdings.ts';
import type { StoredHoldings } from './holdings.ts';
import type { Command, Configure, Outcome, Read, WriteInSession, Written } from './messages.ts';

const NOTED = { kind: 'noted' } as const;

/**
 * A group as a state machine. All that decides who serves what goes through the log: every server of the group takes a
 * configuration, gets a shard and gives it away between the same two writes.
 */
export class GroupMachine implements StateMachine<Command, Outcome> {
  readonly holdings: Holdings;
  readonly transactions: TransactionMachine;

  constructor(self: GroupId) {
    this.holdings = new Holdings(self);
    this.transactions = new TransactionMachine(this.holdings);
  }

  apply(command: Command): Outcome {
    switch (command.kind) {
      case 'write':
        return this.#write(command);
      case 'transact':
        return this.transactions.transact(command);
      case 'prepare':
        return this.transactions.prepare(command);
      case 'settle':
        return this.transactions.settle(command);
      case 'install':
        return { kind: 'welcome', welcome: this.holdings.install(command.arrival) };
      default:
        this.#note(command);
        return NOTED;
    }
  }

  /** What comes of a write, as far as it is known without doing it; `undefined`: it can be done now. */
  look({ clerk, shard: number, sequence, write }: WriteInSession): Written | undefined {
    const shard = this.holdings.served(number);
    if (shard === undefined) return this.holdings.refusal(number);
    const known = shard.sessions.look(clerk, sequence);
    if (known.kind === 'settled') return known;
    if (known.kind === 'done') return { kind: 'written', version: known.result as number | undefined };
    return shard.participant.locks.isWritable(write.key) ? undefined : { kind: 'locked' };
  }

  get(key: string): Read {
    const number = shardOf(key);
    const shard = this.holdings.served(number);
    if (shard === undefined) return this.holdings.refusal(number);
    // Whoever holds the key may have written it already, as everybody sees who asks the coordinator.
    if (!shard.participant.locks.isReadable(key)) return { kind: 'locked' };
    return { kind: 'entry', entry: shard.store.get(key) };
  }

  snapshot(): StoredHoldings {
    return this.holdings.save();
  }

  restore(data: unknown): void {
    this.holdings.restore(data as StoredHoldings);
  }

  #note(command: Exclude<Command, { kind: 'write' | 'transact' | 'prepare' | 'settle' | 'install' }>): void {
    switch (command.kind) {
      case 'configure':
        return this.#configure(command);
      case 'handed-over':
        return this.holdings.handedOver(command.shard, command.hop);
      case 'conclude':
        return this.transactions.conclude(command);
      case 'abandon':
        return this.transactions.abandon(command.id);
      case 'finish':
        return this.transactions.finish(command.id);
    }
  }

  #configure({ configurations }: Configure): void {
    for (const next of configurations) {
      this.transactions.beforeLeaving(next);
      this.holdings.configure(next);
    }
  }

  #write(command: WriteInSession): Written {
    const { clerk, sequence, settledBelow, write } = command;
    const shard = this.holdings.served(command.shard);
    shard?.sessions.touch(clerk, settledBelow);
    const known = this.look(command);
    if (known !== undefined || shard === undefined) return known ?? this.holdings.refusal(command.shard);
    const version = shard.store.write(write);
    shard.sessions.record(clerk, sequence, version);
    return { kind: 'written', version };
  }
}

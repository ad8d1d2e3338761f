import { shardOf } from '@lockstep/api';
import type { GroupId } from '@lockstep/api';
import type { StateMachine } from '@lockstep/rsm';
import { Holdings } from './holdings.ts';
import type { StoredHoldings } from './holdings.ts';
import type { Command, Outcome, Read, Refusal, WriteInSession, Written } from './messages.ts';
import type { Shard } from './shard.ts';

/**
 * A group as a state machine. All that decides who serves what goes through the log: every server of the group takes a
 * configuration, gets a shard and gives it away between the same two writes.
 */
export class GroupMachine implements StateMachine<Command, Outcome> {
  readonly holdings: Holdings;

  constructor(self: GroupId) {
    this.holdings = new Holdings(self);
  }

  apply(command: Command): Outcome {
    switch (command.kind) {
      case 'write':
        return this.#write(command);
      case 'configure':
        for (const next of command.configurations) this.holdings.configure(next);
        return { kind: 'noted' };
      case 'install':
        return { kind: 'welcome', welcome: this.holdings.install(command.arrival) };
      case 'handed-over':
        this.holdings.handedOver(command.shard, command.hop);
        return { kind: 'noted' };
    }
  }

  /** What comes of a write, as far as it is known without doing it; `undefined`: it can be done now. */
  look({ clerk, shard: number, sequence }: WriteInSession): Written | undefined {
    const shard = this.holdings.served(number);
    if (shard === undefined) return this.refusal(number);
    const known = shard.sessions.look(clerk, sequence);
    if (known.kind === 'new') return undefined;
    return known.kind === 'settled' ? known : { kind: 'written', version: known.result };
  }

  get(key: string): Read {
    const number = shardOf(key);
    const shard = this.holdings.served(number);
    if (shard === undefined) return this.refusal(number);
    return { kind: 'entry', entry: shard.store.get(key) };
  }

  /** Why a shard is not served here. */
  refusal(shard: number): Refusal {
    if (this.holdings.isAssigned(shard)) return { kind: 'awaited' };
    return { kind: 'wrong-group', configuration: this.holdings.configuration.number };
  }

  snapshot(): StoredHoldings {
    return this.holdings.save();
  }

  restore(data: unknown): void {
    this.holdings.restore(data as StoredHoldings);
  }

  #write(command: WriteInSession): Written {
    const { clerk, sequence, settledBelow, write } = command;
    const shard: Shard | undefined = this.holdings.served(command.shard);
    shard?.sessions.touch(clerk, settledBelow);
    const known = this.look(command);
    if (known !== undefined || shard === undefined) return known ?? this.refusal(command.shard);
    const version = shard.store.write(write);
    shard.sessions.record(clerk, sequence, version);
    return { kind: 'written', version };
  }
}

import { shardOf } from '@lockstep/api';
import type { KvEntry, ShardClerk, ShardClerkFactory, ShardWrite, TransactionOutcome } from '@lockstep/api';
import type { Read, Written } from '../group/messages.ts';
import type { Write, WriteResult } from '../group/store.ts';
import type { OperationId } from '../group/operation.ts';
import { drawNonce } from '../nonce.ts';
import { SequenceNumbers } from '../sequence-numbers.ts';
import type { Transacted } from '../transactions/messages.ts';
import { partsOf } from '../transactions/parts.ts';
import { Courier } from './courier.ts';

/** A transaction takes some rounds more than a write. */
const TRANSACTION_TIMEOUT_MS = 1000;

/** Makes a client of the store. */
export const createClerk: ShardClerkFactory = (host, controllers) =>
  new Clerk(new Courier(host, controllers), drawNonce(host.random));

class Clerk implements ShardClerk {
  readonly #courier: Courier;
  readonly #name: string;
  /** For each shard its own: what a shard's group remembers of a clerk must not wait for another shard's. */
  readonly #numbers = new Map<number, SequenceNumbers>();

  constructor(courier: Courier, name: string) {
    this.#courier = courier;
    this.#name = name;
  }

  async get(key: string): Promise<KvEntry> {
    const reply = await this.#courier.ask<Read>(shardOf(key), (server, options) =>
      server.get({ key }, options),
    );
    return reply.entry;
  }

  put(key: string, value: string): Promise<number> {
    return this.#unconditionally({ op: 'put', key, value });
  }

  append(key: string, value: string): Promise<number> {
    return this.#unconditionally({ op: 'append', key, value });
  }

  putIf(key: string, value: string, version: number): Promise<number | undefined> {
    return this.#write({ op: 'put-if', key, value, version });
  }

  async transact(reads: readonly string[], writes: readonly ShardWrite[]): Promise<TransactionOutcome> {
    // The first shard coordinates: of transactions that meet there, those that come later hold nothing elsewhere.
    const shard = partsOf(reads, writes)[0]?.shard;
    if (shard === undefined) return { hasCommitted: true, entries: [] };
    return this.#once(shard, async (id) => {
      const command = { kind: 'transact', ...id, reads, writes } as const;
      const reply = await this.#courier.ask<Transacted>(
        shard,
        (server, options) => server.transact(command, options),
        TRANSACTION_TIMEOUT_MS,
      );
      if (reply.kind === 'settled') throw new Error('a group thinks that the clerk knows of the transaction');
      return reply.outcome;
    });
  }

  async #unconditionally(write: Write): Promise<number> {
    const version = await this.#write(write);
    if (version === undefined) throw new Error(`a group has refused to ${write.op}, which has no condition`);
    return version;
  }

  #write(write: Write): Promise<WriteResult> {
    const shard = shardOf(write.key);
    return this.#once(shard, async (id) => {
      const command = { kind: 'write', ...id, write } as const;
      const reply = await this.#courier.ask<Written>(shard, (server, options) =>
        server.write(command, options),
      );
      if (reply.kind === 'settled')
        throw new Error(`a group thinks that the clerk knows the result of ${write.op}`);
      return reply.version;
    });
  }

  /** The number of an operation is drawn once, and each repetition has it: that makes it one operation. */
  async #once<Result>(
    shard: number,
    operate: (id: OperationId & { readonly settledBelow: number }) => Promise<Result>,
  ): Promise<Result> {
    const numbers = this.#numbersOf(shard);
    const sequence = await numbers.take();
    const { settledBelow } = numbers;
    const result = await operate({ clerk: this.#name, shard, sequence, settledBelow });
    numbers.settle(sequence);
    return result;
  }

  #numbersOf(shard: number): SequenceNumbers {
    const known = this.#numbers.get(shard);
    if (known !== undefined) return known;
    const numbers = new SequenceNumbers();
    this.#numbers.set(shard, numbers);
    return numbers;
  }
}

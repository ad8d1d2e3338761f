import { shardOf } from '@lockstep/api';
import type { KvEntry, ShardClerk, ShardClerkFactory, ShardWrite, TransactionOutcome } from '@lockstep/api';
import type { Read, Written } from '../group/messages.ts';
import type { Write, WriteResult } from '../group/store.ts';
import { drawNonce } from '../nonce.ts';
import { SequenceNumbers } from '../sequence-numbers.ts';
import { Courier } from './courier.ts';

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

  transact(_reads: readonly string[], _writes: readonly ShardWrite[]): Promise<TransactionOutcome> {
    return Promise.reject(new Error('transactions are yet to come'));
  }

  async #unconditionally(write: Write): Promise<number> {
    const version = await this.#write(write);
    if (version === undefined) throw new Error(`a group has refused to ${write.op}, which has no condition`);
    return version;
  }

  /** The number of a write is drawn once, and each repetition has it: that makes it one write. */
  async #write(write: Write): Promise<WriteResult> {
    const shard = shardOf(write.key);
    const numbers = this.#numbersOf(shard);
    const sequence = await numbers.take();
    const { settledBelow } = numbers;
    const command = { kind: 'write', clerk: this.#name, shard, sequence, settledBelow, write } as const;
    const reply = await this.#courier.ask<Written>(shard, (server, options) =>
      server.write(command, options),
    );
    numbers.settle(sequence);
    if (reply.kind === 'settled')
      throw new Error(`a group thinks that the clerk knows the result of ${write.op}`);
    return reply.version;
  }

  #numbersOf(shard: number): SequenceNumbers {
    const known = this.#numbers.get(shard);
    if (known !== undefined) return known;
    const numbers = new SequenceNumbers();
    this.#numbers.set(shard, numbers);
    return numbers;
  }
}

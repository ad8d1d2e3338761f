import type { Host, NodeId, ShardKvImplementation } from '@lockstep/api';
import { transactions } from '@lockstep/linearizability';
import type { TransactionsInput, TransactionsOutput } from '@lockstep/linearizability';
import type { BootContext } from '@lockstep/test-harness/suite';
import { ClientMachine, Recorder } from '@lockstep/test-harness/services';
import { RecordedAdministrator } from './recorded-administrator.ts';
import { RecordedShardClerk } from './recorded-shard-clerk.ts';
import { STORE_SCOPE } from './scopes.ts';
import type { ShardSeen } from './seen.ts';

/** One boot of a machine of clients or administrators: everything that they ask is recorded. */
export class Client extends ClientMachine {
  readonly #context: BootContext<ShardSeen>;
  readonly #implementation: ShardKvImplementation;
  readonly #controllers: readonly NodeId[];
  readonly #scope: Host;
  readonly #recorder: Recorder<TransactionsInput, TransactionsOutput>;
  #made = 0;

  /** @param controllers whom the machine asks where to find shards unless told otherwise. */
  constructor(
    context: BootContext<ShardSeen>,
    implementation: ShardKvImplementation,
    controllers: readonly NodeId[],
  ) {
    super(context.host.clock);
    this.#context = context;
    this.#implementation = implementation;
    this.#controllers = controllers;
    this.#scope = context.host.scope(STORE_SCOPE);
    this.#recorder = new Recorder(
      `${context.host.id}.${context.boot}`,
      (seen) => context.observe(seen),
      (input, output) => transactions.describe?.(input, output) ?? input.op,
    );
  }

  /** Operations that have returned. */
  get returned(): number {
    return this.#recorder.returned;
  }

  /** Another client of the store on this machine. */
  makeClerk(controllers: readonly NodeId[] = this.#controllers): RecordedShardClerk {
    const name = this.#name();
    const clerk = this.#implementation.clerk(this.#scope, [...controllers]);
    return new RecordedShardClerk(clerk, (input, ask) => this.#recorder.record(name, input, ask));
  }

  /** Another administrator on this machine. */
  makeAdministrator(controllers: readonly NodeId[] = this.#controllers): RecordedAdministrator {
    const administrator = this.#implementation.administrator(this.#scope, [...controllers]);
    const observe = (seen: ShardSeen): void => this.#context.observe(seen);
    return new RecordedAdministrator(administrator, this.#name(), controllers[0] ?? '', observe);
  }

  #name(): string {
    return `${this.#scope.id}.${this.#context.boot}.${++this.#made}`;
  }
}

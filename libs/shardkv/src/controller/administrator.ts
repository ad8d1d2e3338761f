import type {
  CallOptions,
  Client,
  GroupId,
  Host,
  NodeId,
  ShardAdministrator,
  ShardAdministratorFactory,
  ShardConfiguration,
} from '@lockstep/api';
import { Line } from '../line.ts';
import type { Elsewhere } from '../line.ts';
import { drawNonce } from '../nonce.ts';
import { pause } from '../pause.ts';
import { SequenceNumbers } from '../sequence-numbers.ts';
import type { Change } from './configurations.ts';
import type { Changed, ConfigurationReply, ControllerRpc } from './messages.ts';

/** Makes an administrator's clerk of the controller. */
export const createAdministrator: ShardAdministratorFactory = (host, controllers) =>
  new Administrator(host, controllers);

class Administrator implements ShardAdministrator {
  readonly #host: Host;
  readonly #line: Line<ControllerRpc>;
  readonly #name: string;
  readonly #numbers = new SequenceNumbers();

  constructor(host: Host, controllers: readonly NodeId[]) {
    this.#host = host;
    this.#line = new Line(host, controllers);
    this.#name = drawNonce(host.random);
  }

  join(groups: Readonly<Record<string, readonly NodeId[]>>): Promise<number> {
    return this.#change({ op: 'join', groups });
  }

  leave(groups: readonly GroupId[]): Promise<number> {
    return this.#change({ op: 'leave', groups });
  }

  move(shard: number, group: GroupId): Promise<number> {
    return this.#change({ op: 'move', shard, group });
  }

  async query(number?: number): Promise<ShardConfiguration> {
    const args = number === undefined ? {} : { number };
    const reply = await this.#ask<ConfigurationReply>((server, options) => server.query(args, options));
    return reply.configuration;
  }

  /** The number of a change is drawn once, and each repetition has it: that makes it one change. */
  async #change(change: Change): Promise<number> {
    const sequence = await this.#numbers.take();
    const { settledBelow } = this.#numbers;
    const command = { administrator: this.#name, sequence, settledBelow, change };
    const reply = await this.#ask<Changed>((server, options) => server.change(command, options));
    this.#numbers.settle(sequence);
    if (reply.kind === 'settled') throw new Error(`the controller thinks that ${change.op} is over`);
    return reply.number;
  }

  async #ask<Reply extends { readonly kind: string }>(
    request: (server: Client<ControllerRpc>, options: CallOptions) => Promise<Reply | Elsewhere>,
  ): Promise<Reply> {
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#line.attempt(request);
      if (reply !== undefined) return reply;
      // Once round, and nobody leads: it will take a moment.
      if (attempt % this.#line.length === 0) await pause(this.#host);
    }
  }
}

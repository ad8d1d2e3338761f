import { shardOf } from '@lockstep/api';
import type { Host, ShardDeps, ShardOptions, ShardPlace } from '@lockstep/api';

import type { Busy } from './controller.ts';
import { Coordinator } from './coordinator.ts';
import type { NotLeader } from './courier.ts';
import { Custody } from './custody.ts';
import { GroupMachine } from './group-machine.ts';
import type { GroupCommand, GroupResult } from './group-machine.ts';
import type * as messages from './messages.ts';
import { Neighbours } from './neighbours.ts';
import { isBlocked } from './operations.ts';
import type { OperationResult } from './operations.ts';
import { Replica } from './replica.ts';
import { Tasks } from './tasks.ts';
import { answerOf, hasBegun, participantsOf, voteOf } from './transactions.ts';

/** How long a request is kept when it has to wait; clerks and coordinators wait longer than this for an answer. */
const HOLD_MS = 400;
/** What the leader has to do follows from the state: it is enough to look at it when it changes, and now and then. */
const LOOK_MS = 100;

/** Makes one server of a group. */
export async function server(
  host: Host,
  place: ShardPlace,
  deps: ShardDeps,
  options: ShardOptions,
): Promise<void> {
  const machine = new GroupMachine(place.group);
  const replica = new Replica<GroupCommand, GroupResult>(host, machine, options.maxLogBytes);
  const neighbours = new Neighbours(host, machine);
  const tasks = new Tasks();
  const custody = new Custody(host, place, machine, replica, neighbours, tasks);
  const coordinator = new Coordinator(host, machine, replica, neighbours, tasks);
  const service = new GroupServer(host, machine, replica, custody);
  neighbours.own = service;
  await replica.start(deps.raft);
  host.serve(service);
  const look = (): void => {
    custody.work();
    coordinator.work();
  };
  const lookAgain = (): void => {
    look();
    host.clock.after(LOOK_MS, lookAgain);
  };
  replica.onApplied = look;
  lookAgain();
}

/** The requests that a server takes. Only leaders do anything; what they answer has been through the log. */
class GroupServer implements messages.GroupRpc {
  readonly #host: Host;
  readonly #machine: GroupMachine;
  readonly #replica: Replica<GroupCommand, GroupResult>;
  readonly #custody: Custody;

  constructor(
    host: Host,
    machine: GroupMachine,
    replica: Replica<GroupCommand, GroupResult>,
    custody: Custody,
  ) {
    this.#host = host;
    this.#machine = machine;
    this.#replica = replica;
    this.#custody = custody;
  }

  /** An operation that is in the way of a transaction waits here for its end, and not in the log. */
  async operate({ ticket, operation }: messages.OperateRequest): Promise<OperationResult | messages.Refusal> {
    const shard = shardOf(operation.key);
    const deadline = this.#host.clock.now() + HOLD_MS;
    for (;;) {
      if (!this.#replica.isLeader) return this.#notLeader();
      const content = this.#machine.served(shard);
      if (content === undefined) return this.#notServed();
      const left = deadline - this.#host.clock.now();
      if (left <= 0) return { kind: 'busy' };
      if (isBlocked(content, operation)) {
        await this.#replica.watch.until(() => {
          const present = this.#machine.served(shard);
          return present !== undefined && isBlocked(present, operation) ? undefined : true;
        }, left);
        continue;
      }
      const result = await this.#replica.propose({ kind: 'operate', ticket, operation });
      if (result === undefined) return this.#refusal();
      if (result.kind === 'not-served') return this.#notServed();
      if (result.kind === 'applied') return { kind: 'busy' };
      if (result.kind !== 'locked') return result;
    }
  }

  /** The transaction goes on whether or not anybody waits for it. */
  async transact(request: messages.TransactRequest): Promise<messages.TransactReply | messages.Refusal> {
    const { ticket, task } = request;
    const home = participantsOf(task)[0] ?? 0;
    if (!this.#replica.isLeader) return this.#notLeader();
    const content = this.#machine.served(home);
    if (content === undefined) return this.#notServed();
    if (!hasBegun(content, ticket)) {
      const result = await this.#replica.propose({ kind: 'begin', ticket, task });
      if (result === undefined) return this.#refusal();
      if (result.kind === 'not-served') return this.#notServed();
    }
    const answer = await this.#replica.watch.until(() => {
      const present = this.#machine.held(home);
      return present === undefined ? 'moved' : answerOf(present, ticket);
    }, HOLD_MS);
    if (answer === undefined || answer === 'forgotten') return this.#refusal();
    return answer === 'moved' ? this.#notServed() : { kind: 'outcome', outcome: answer };
  }

  async forget({ shard, ticket }: messages.ForgetRequest): Promise<messages.Done | messages.Refusal> {
    return this.#done(await this.#replica.propose({ kind: 'forget', shard, ticket }));
  }

  /**
   * A vote is given by the replicated state, so that it outlives this server. The request may be a copy: what came of
   * its attempt is known to the shard, and decides whether there is another promise.
   */
  async vote({
    number,
    shard,
    promise,
  }: messages.VoteRequest): Promise<messages.VoteReply | messages.Refusal> {
    if (!this.#replica.isLeader) return this.#notLeader();
    const probe = () => {
      const content = this.#machine.served(shard);
      return content === undefined ? 'moved' : voteOf(content, promise, promise.attempt);
    };
    const present = probe();
    if (present === 'moved') return this.#notServed(number);
    if (present !== undefined) return { kind: 'vote', vote: present };
    const result = await this.#replica.propose({ kind: 'promise', shard, promise });
    if (result === undefined) return this.#refusal();
    if (result.kind === 'not-served') return this.#notServed(number);
    const vote = await this.#replica.watch.until(probe, HOLD_MS);
    if (vote === 'moved') return this.#notServed(number);
    return vote === undefined ? { kind: 'waiting' } : { kind: 'vote', vote };
  }

  /** Always through the log: a server that knows of no promise may just not have heard of it. */
  async finish(request: messages.FinishRequest): Promise<messages.Done | messages.Refusal> {
    const { number, ...attempt } = request;
    return this.#done(await this.#replica.propose({ kind: 'finish', ...attempt }), number);
  }

  async pull({ shard, group, number }: messages.PullRequest): Promise<messages.PullReply | NotLeader | Busy> {
    if (!this.#replica.isLeader) return this.#notLeader();
    const { view } = this.#machine;
    if (view.number < number) return { kind: 'behind' };
    const held = this.#machine.held(shard);
    if (held !== undefined && this.#machine.owner(shard) === group) {
      const { hops } = this.#machine.slot(shard);
      const result = await this.#replica.propose({ kind: 'grant', shard, hops, to: group });
      if (result === undefined) return this.#refusal();
    }
    const { hops, content, grantedTo } = this.#machine.slot(shard);
    if (content !== undefined && grantedTo === group) {
      return { kind: 'granted', delivery: { shard, hops: hops + 1, content: content.save() } };
    }
    return view.number > number ? { kind: 'ahead', view } : { kind: 'elsewhere', to: grantedTo };
  }

  /** Every server may say yes: what it has applied, the group will not lose. */
  async hasTaken({ shard, hops }: messages.CustodyNumber): Promise<messages.Taken | NotLeader> {
    const isTaken = this.#machine.slot(shard).hops >= hops;
    return isTaken || this.#replica.isLeader ? { kind: 'taken', isTaken } : this.#notLeader();
  }

  async deliver(delivery: messages.Delivery): Promise<messages.Taken | NotLeader> {
    if (!this.#replica.isLeader) return this.#notLeader();
    return { kind: 'taken', isTaken: await this.#custody.install(delivery) };
  }

  async inform({
    view,
  }: Parameters<messages.GroupRpc['inform']>[0]): Promise<messages.Done | NotLeader | Busy> {
    if (!this.#replica.isLeader) return this.#notLeader();
    if (view.number <= this.#machine.view.number) return { kind: 'done' };
    const result = await this.#replica.propose({ kind: 'adopt', view });
    return result === undefined ? this.#refusal() : { kind: 'done' };
  }

  #done(result: GroupResult | undefined, number?: number): messages.Done | messages.Refusal {
    if (result === undefined) return this.#refusal();
    return result.kind === 'applied' ? { kind: 'done' } : this.#notServed(number);
  }

  #refusal(): NotLeader | Busy {
    return this.#replica.isLeader ? { kind: 'busy' } : this.#notLeader();
  }

  #notLeader(): NotLeader {
    return { kind: 'not-leader', leader: this.#replica.leaderHint };
  }

  /** @param number the configuration that a group knows which has asked; clerks ask the controller themselves. */
  #notServed(number = Infinity): messages.NotServed {
    const { view } = this.#machine;
    const refusal = { kind: 'not-served', number: view.number } as const;
    return number < view.number ? { ...refusal, view } : refusal;
  }
}

import type { Host, ShardDeps, ShardOptions, ShardPlace } from '@lockstep/api';
import { ReplicatedStateMachine } from '@lockstep/rsm';
import type { Elsewhere } from '../line.ts';
import { Clearance } from './clearance.ts';
import { GroupMachine } from './machine.ts';
import type { Command, Outcome } from './messages.ts';
import { News } from './news.ts';

/** This server's replica of its group's machine, as its desk and its duties use it. */
export class Replica {
  readonly host: Host;
  readonly place: ShardPlace;
  readonly machine: GroupMachine;
  readonly news: News;
  #rsm: ReplicatedStateMachine<Command, Outcome> | undefined;

  private constructor(host: Host, place: ShardPlace) {
    this.host = host;
    this.place = place;
    this.news = new News(host.clock);
    this.machine = new GroupMachine(place.group);
  }

  /** @param onLeader see `RsmOptions`. */
  static async start(
    host: Host,
    place: ShardPlace,
    { raft }: ShardDeps,
    options: ShardOptions,
    onLeader: (replica: Replica) => void,
  ): Promise<Replica> {
    const replica = new Replica(host, place);
    const { machine, news } = replica;
    const clearance = new Clearance();
    // A machine that tells when it changes.
    const watched = {
      apply: (command: Command) => {
        const outcome = machine.apply(command);
        if (command.kind === 'handed-over') clearance.due();
        news.spread();
        return outcome;
      },
      snapshot: () => machine.snapshot(),
      restore: (data: unknown) => {
        machine.restore(data);
        news.spread();
      },
    };
    const below = options.maxLogBytes === undefined ? raft : clearance.over(raft, watched.snapshot);
    replica.#rsm = await ReplicatedStateMachine.start({ clock: host.clock, raft: below }, watched, {
      ...options,
      reads: 'index',
      onLeader: () => onLeader(replica),
    });
    if (replica.isLeader) onLeader(replica);
    return replica;
  }

  get isLeader(): boolean {
    return this.#rsm?.isLeader === true;
  }

  /** What came of a command; `undefined`: this server cannot say. */
  async submit<Kind extends Command['kind']>(
    command: Extract<Command, { kind: Kind }>,
  ): Promise<Outcome | undefined> {
    const submitted = await this.#rsm?.submit(command);
    return submitted?.kind === 'applied' ? submitted.result : undefined;
  }

  /** A linearizable read of the machine; `undefined`: this server cannot say. */
  async read<Value>(query: () => Value): Promise<Value | undefined> {
    const answered = await this.#rsm?.read(query);
    return answered?.kind === 'answered' ? answered.value : undefined;
  }

  elsewhere(): Elsewhere {
    const leader = this.#rsm?.leaderHint;
    return leader === undefined || leader === this.host.id
      ? { kind: 'elsewhere' }
      : { kind: 'elsewhere', leader };
  }
}

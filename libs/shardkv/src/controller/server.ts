import type { Host, NodeId, ShardConfiguration, ShardControllerFactory } from '@lockstep/api';
import { ReplicatedStateMachine } from '@lockstep/rsm';
import type { Elsewhere } from '../line.ts';
import { Shared } from '../shared.ts';
import { ControllerMachine } from './machine.ts';
import type { ChangeInSession, Changed, ConfigurationReply, ControllerRpc } from './messages.ts';

/** Configurations in one answer to a group that follows them. */
const FOLLOWING = 20;

type Rsm = ReplicatedStateMachine<ChangeInSession, Changed>;

/** Makes one server of the shard controller. */
export const createController: ShardControllerFactory = async (host, _peers, { raft }, options) => {
  const machine = new ControllerMachine();
  const rsm = await ReplicatedStateMachine.start({ clock: host.clock, raft }, machine, {
    ...options,
    reads: 'index',
  });
  host.serve(new Desk(host, machine, rsm));
};

/** Where administrators, clerks and groups are served. */
class Desk implements ControllerRpc {
  readonly #self: NodeId;
  readonly #machine: ControllerMachine;
  readonly #rsm: Rsm;
  /** Changes under way here: a repetition waits with the original, and needs no place in the log. */
  readonly #changes = new Shared<Changed | Elsewhere>();

  constructor(host: Host, machine: ControllerMachine, rsm: Rsm) {
    this.#self = host.id;
    this.#machine = machine;
    this.#rsm = rsm;
  }

  change(command: ChangeInSession): Promise<Changed | Elsewhere> {
    const { administrator, sequence } = command;
    const known = this.#machine.look(administrator, sequence);
    if (known !== undefined) return Promise.resolve(known);
    return this.#changes.run(`${administrator}.${sequence}`, async () => {
      const submitted = await this.#rsm.submit(command);
      return submitted.kind === 'applied' ? submitted.result : this.#elsewhere();
    });
  }

  async query({ number }: { readonly number?: number }): Promise<ConfigurationReply | Elsewhere> {
    // Configurations do not change: one that is known here was committed, and is what everybody gets.
    const known = number === undefined ? undefined : this.#machine.at(number);
    if (known !== undefined) return { kind: 'configuration', configuration: known };
    const read = await this.#rsm.read(() => {
      const asked = number === undefined ? undefined : this.#machine.at(number);
      return asked ?? this.#machine.latest;
    });
    return read.kind === 'answered'
      ? { kind: 'configuration', configuration: read.value }
      : this.#elsewhere();
  }

  following({ after }: { readonly after: number }): Promise<readonly ShardConfiguration[]> {
    return Promise.resolve(this.#machine.following(after, FOLLOWING));
  }

  latest({ after }: { readonly after: number }): Promise<ShardConfiguration | undefined> {
    const { latest } = this.#machine;
    return Promise.resolve(latest.number > after ? latest : undefined);
  }

  #elsewhere(): Elsewhere {
    const leader = this.#rsm.leaderHint;
    return leader === undefined || leader === this.#self
      ? { kind: 'elsewhere' }
      : { kind: 'elsewhere', leader };
  }
}

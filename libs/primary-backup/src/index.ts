import { PRIMARY_BACKUP_CONTRACT } from '@lockstep/api';
import type { Replica, ReplicaFactory, ReplicaStatus } from '@lockstep/api';
import { Backup } from './backup.ts';
import type { Beginning } from './backup.ts';
import { Intake } from './intake.ts';
import { IncomingCopy } from './incoming-copy.ts';
import type { AppendArgs, AppendReply, CopyArgs, ReplicaRpc, Stream } from './messages.ts';
import { Primary } from './primary.ts';
import type { Inheritance, PrimaryParts } from './primary.ts';

/** The version of the contract that this library keeps. */
export const contract = PRIMARY_BACKUP_CONTRACT;

const FROM_THE_START: Beginning = { isBinding: true, clock: 0, inDoubt: [] };

/** One server: a primary, a backup, or a spare, whose machine is free for another to be copied to it. */
class Server implements Replica, ReplicaRpc {
  readonly #parts: PrimaryParts;
  #primary: Primary | undefined;
  #backup: Backup | undefined;
  #incoming: IncomingCopy | undefined;
  #epoch = 1;

  constructor(parts: PrimaryParts) {
    this.#parts = parts;
    const { role, backup } = parts.options;
    if (role === 'primary') this.#lead(1).startWith(backup);
    if (role === 'backup') this.#follow({ epoch: 1, copy: 0 }, FROM_THE_START);
  }

  append(args: AppendArgs): AppendReply {
    return this.#backup?.append(args) ?? { follows: false, received: 0, replayed: 0 };
  }

  isFree(): boolean {
    return this.#primary === undefined && this.#backup === undefined;
  }

  copy(args: CopyArgs): boolean {
    const incoming = this.#incoming;
    if (incoming === undefined || isNewer(args, incoming)) {
      if (!this.isFree()) return false;
      this.#incoming = new IncomingCopy(args);
    } else if (isNewer(incoming, args)) {
      return false;
    }
    const isHere = this.#incoming?.take(args) === true;
    this.#beginWithCopy();
    return isHere;
  }

  status(): ReplicaStatus {
    if (this.#primary !== undefined) return { role: 'primary', epoch: this.#primary.epoch };
    return { role: this.#backup?.isBinding === true ? 'backup' : 'spare', epoch: this.#epoch };
  }

  #beginWithCopy(): void {
    const { epoch, copy, rest, snapshot } = this.#incoming ?? {};
    if (!this.isFree() || rest === undefined || snapshot === undefined) return;
    if (epoch === undefined || copy === undefined) return;
    if (this.#incoming !== undefined) this.#incoming.rest = undefined;
    this.#parts.machine.restore(snapshot);
    this.#follow({ epoch, copy }, { isBinding: false, ...rest });
  }

  #lead(epoch: number): Primary {
    this.#epoch = epoch;
    this.#primary = new Primary(this.#parts, epoch, () => {
      this.#primary = undefined;
    });
    return this.#primary;
  }

  #follow(stream: Stream, beginning: Beginning): void {
    this.#epoch = stream.epoch;
    this.#backup = new Backup(this.#parts, stream, beginning, (inheritance) => {
      this.#backup = undefined;
      if (inheritance !== undefined) this.#takeOver(stream.epoch + 1, inheritance);
    });
  }

  #takeOver(epoch: number, inheritance: Inheritance): void {
    this.#lead(epoch).takeOver(inheritance);
  }
}

function isNewer(a: Stream, b: Stream): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.copy > b.copy);
}

/** Makes one server's replica. */
export const createReplica: ReplicaFactory = (host, machine, devices, options) => {
  const intake = new Intake(devices.network, options.maxWaitingPackets);
  const server = new Server({ host, machine, devices, options, intake });
  const rpc: ReplicaRpc = {
    append: (args) => server.append(args),
    isFree: () => server.isFree(),
    copy: (args) => server.copy(args),
  };
  host.serve(rpc);
  return server;
};

// The loader takes an implementation by its entry's default export, as it does submissions.
export { createReplica as default };

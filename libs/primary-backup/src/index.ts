import { PRIMARY_BACKUP_CONTRACT } from '@lockstep/api';
import type { ReplicaFactory, ReplicaStatus } from '@lockstep/api';
import { Backup } from './backup.ts';
import type { ReplicaRpc } from './messages.ts';
import { Primary } from './primary.ts';

/** The version of the contract that this library keeps. */
export const contract = PRIMARY_BACKUP_CONTRACT;

/** Makes one server's replica: a primary, its backup, or a spare, which does nothing. */
export const createReplica: ReplicaFactory = (host, machine, devices, options) => {
  const parts = { host, machine, devices, options };
  let primary: Primary | undefined;
  let backup: Backup | undefined;
  const becomeSpare = (): void => {
    primary = undefined;
    backup = undefined;
  };
  const service: ReplicaRpc = {
    append: (args) => backup?.append(args) ?? { follows: false, received: 0, replayed: 0 },
  };
  host.serve(service);
  if (options.role === 'primary') {
    primary = new Primary(parts, 1, becomeSpare);
    const [other] = options.peers;
    if (other !== undefined) primary.startWith(other);
  }
  if (options.role === 'backup') {
    backup = new Backup(parts, 1, (inheritance) => {
      backup = undefined;
      if (inheritance === undefined) return;
      primary = new Primary(parts, 2, becomeSpare);
      primary.takeOver(inheritance);
    });
  }
  return {
    status: (): ReplicaStatus =>
      primary !== undefined
        ? { role: 'primary', epoch: primary.epoch }
        : { role: backup === undefined ? 'spare' : 'backup', epoch: 1 },
  };
};

// The loader takes an implementation by its entry's default export, as it does submissions.
export { createReplica as default };

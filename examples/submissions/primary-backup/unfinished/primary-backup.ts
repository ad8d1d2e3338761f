import { NotImplemented, PRIMARY_BACKUP_CONTRACT } from '@lockstep/api';
import type {
  Host,
  Replica,
  ReplicaDevices,
  ReplicaOptions,
  ReplicaStatus,
  VirtualMachine,
} from '@lockstep/api';

/** The version of the contract that this file is written for. */
export const contract = PRIMARY_BACKUP_CONTRACT;

/**
 * Makes the replica of one server; called once for each boot. See `ReplicaFactory` in @lockstep/api for what the
 * arguments are, and the handout (labs/primary-backup/README.md) for the rest.
 */
export default function createReplica(
  host: Host,
  machine: VirtualMachine,
  devices: ReplicaDevices,
  options: ReplicaOptions,
): Replica {
  // Part A: as primary, run the machine, answer its exits, and send the log; as backup, replay it.
  void [host, machine, devices, options];
  return {
    status(): ReplicaStatus {
      throw new NotImplemented('Primary-backup part A: status()');
    },
  };
}

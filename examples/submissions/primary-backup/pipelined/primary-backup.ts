import { PRIMARY_BACKUP_CONTRACT } from '@lockstep/api';
import type {
  Host,
  Replica,
  ReplicaDevices,
  ReplicaOptions,
  ReplicaStatus,
  VirtualMachine,
} from '@lockstep/api';
import { makeCard } from './card.ts';
import { follow } from './follow.ts';
import type { Following } from './follow.ts';
import { lead } from './lead.ts';
import type { Legacy, Server } from './server.ts';
import { FIRST } from './wire.ts';
import type { Wire } from './wire.ts';

/*
 * Closures instead of classes. The primary streams its log without waiting for answers, and the backup puts it into
 * order; a machine is copied in one message; and a copy becomes the backup by a message of its own.
 */

export const contract = PRIMARY_BACKUP_CONTRACT;

export default function createReplica(
  host: Host,
  machine: VirtualMachine,
  devices: ReplicaDevices,
  options: ReplicaOptions,
): Replica {
  const server: Server = {
    host,
    machine,
    devices,
    options,
    card: makeCard(devices, options.maxWaitingPackets),
  };
  let epochOfPrimary: (() => number) | undefined;
  let following: Following | undefined;
  let knownEpoch = 1;

  function startLeading(epoch: number, legacy?: Legacy): void {
    epochOfPrimary = lead(server, epoch, legacy, () => (epochOfPrimary = undefined));
  }
  function startFollowing(begin: Parameters<typeof follow>[1]): void {
    knownEpoch = begin.epoch;
    following = follow(server, begin, (legacy) => {
      following = undefined;
      if (legacy !== undefined) startLeading(begin.epoch + 1, legacy);
    });
  }
  const isVacant = (): boolean => epochOfPrimary === undefined && following === undefined;
  const adopted = new Set<string>();

  const wire: Wire = {
    vacant: isVacant,
    adopt({ session, epoch, snapshot, time, unsent }) {
      if (adopted.has(session) || epoch < knownEpoch || !isVacant()) return false;
      adopted.add(session);
      machine.restore(snapshot);
      startFollowing({ session, epoch, counts: false, time, unsent });
      return true;
    },
    log: (args) => following?.log(args) ?? { ok: false, have: 0, at: 0 },
    count: ({ session, upTo }) => following?.count(session, upTo) ?? false,
  };
  host.serve(wire);

  if (options.role === 'primary') startLeading(1);
  if (options.role === 'backup') {
    startFollowing({ session: FIRST, epoch: 1, counts: true, time: 0, unsent: [] });
  }
  return {
    status(): ReplicaStatus {
      if (epochOfPrimary !== undefined) return { role: 'primary', epoch: epochOfPrimary() };
      return { role: following?.counts() === true ? 'backup' : 'spare', epoch: knownEpoch };
    },
  };
}

import { PRIMARY_BACKUP_CONTRACT } from '@lockstep/api';
import type {
  DiskCompletion,
  DiskRequest,
  Output,
  Replica,
  ReplicaDevices,
  ReplicaFactory,
  ReplicaOptions,
  TestAndSetAnswer,
} from '@lockstep/api';
import { refused, whenMade } from '@lockstep/test-harness/services';
import type { BootContext } from '@lockstep/test-harness/suite';
import { Driver } from './driver.ts';
import { MachineBoundary } from './machine.ts';
import { MAX_WAITING_PACKETS, REPLICA_SCOPE, START_US } from './numbers.ts';
import type { Seen } from './seen.ts';
import { readSettings } from './settings.ts';
import type { Settings } from './settings.ts';

/** The clients' network as a node's code calls it; see `Switch`. */
interface SwitchPort {
  receive(args: undefined): Promise<Uint8Array>;
  send(args: Output): Promise<void>;
  announce(args: number): Promise<void>;
}

/** The shared storage as a node's code calls it; see `Storage`. */
interface StoragePort {
  testAndSet(args: number): Promise<TestAndSetAnswer>;
  execute(args: DiskRequest): Promise<DiskCompletion | 'fenced'>;
}

/** Starts the implementation on one server, with a new virtual machine and the server's hardware. */
export function boot(context: BootContext<Seen>): Driver | Promise<Driver> {
  const factory = readFactory(context.exports);
  const { host, servers } = context;
  const settings = readSettings(context.settings);
  const machine = new MachineBoundary(context, settings);
  const first = servers.indexOf(host.id);
  const options: ReplicaOptions = Object.freeze({
    role: context.boot > 1 || first > 1 ? 'spare' : first === 0 ? 'primary' : 'backup',
    peers: Object.freeze(servers.filter((id) => id !== host.id)),
    backup: servers[1],
    maxLagInstructions: settings.maxLag,
    maxWaitingPackets: MAX_WAITING_PACKETS,
  });
  const devices = makeDevices(context, settings);
  const made = factory(host.scope(REPLICA_SCOPE), machine.port, devices, options);
  return whenMade(made, (replica) => drive(replica, machine, context));
}

function drive(replica: unknown, machine: MachineBoundary, context: BootContext<Seen>): Driver {
  if (typeof replica !== 'object' || replica === null) {
    throw refused(`the factory in primary-backup.ts gave ${describe(replica)} instead of a replica`);
  }
  if (typeof (replica as Partial<Replica>).status !== 'function') {
    throw refused('the object that the factory in primary-backup.ts gave has no method status()');
  }
  return new Driver(replica as Replica, machine, context);
}

/** The server's hardware as the implementation holds it. What is no good never reaches a device. */
function makeDevices(context: BootContext<Seen>, { clocksOffMs }: Settings): ReplicaDevices {
  const { id, clock, random } = context.host;
  const card = context.deps['switch'] as SwitchPort;
  const storage = context.deps['storage'] as StoragePort;
  const offMs = clocksOffMs[id] ?? 0;
  return Object.freeze({
    network: Object.freeze({
      receive: () => card.receive(undefined),
      send: (output: Output) => {
        const { number, packet } = context.copy(output, 'the packet');
        if (!isCount(number) || !(packet instanceof Uint8Array)) {
          throw new TypeError('network.send() wants an output: its number, and its packet');
        }
        return card.send({ number, packet });
      },
      announce: (epoch: number) => card.announce(checkEpoch(epoch)),
    }),
    storage: Object.freeze({
      testAndSet: (epoch: number) => storage.testAndSet(checkEpoch(epoch)),
      execute: (request: DiskRequest) => storage.execute(checkRequest(context.copy(request, 'the request'))),
    }),
    clock: () => START_US + Math.floor((clock.now() + offMs) * 1000),
    entropy: () => {
      const word = random.integer(0, 0xffff_ffff);
      context.observe({ kind: 'drawn', word });
      return word;
    },
  });
}

function checkEpoch(epoch: number): number {
  if (!isCount(epoch)) throw new TypeError(`an epoch is a whole number from 1, not ${describe(epoch)}`);
  return epoch;
}

function checkRequest(request: DiskRequest): DiskRequest {
  const { id, operation, sector, sectors, data } = request;
  const isSound =
    isCount(id) &&
    (operation === 'read' || (operation === 'write' && data instanceof Uint8Array)) &&
    Number.isSafeInteger(sector) &&
    sector >= 0 &&
    isCount(sectors);
  if (!isSound) throw new TypeError('storage.execute() wants a request of the guest’s');
  return { id, operation, sector, sectors, data };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/** The entry file's default export; throws one clear sentence when it cannot be a factory of replicas. */
export function readFactory(exports: Readonly<Record<string, unknown>>): ReplicaFactory {
  const { default: factory, contract } = exports;
  if (contract !== undefined && contract !== PRIMARY_BACKUP_CONTRACT) {
    const said = typeof contract === 'string' ? `"${contract.slice(0, 40)}"` : `a ${typeof contract}`;
    throw refused(
      `primary-backup.ts exports contract = ${said}, and this lab is for "${PRIMARY_BACKUP_CONTRACT}"`,
    );
  }
  if (factory === undefined) {
    throw refused('primary-backup.ts has no default export; it must be a function that makes a replica');
  }
  if (typeof factory !== 'function') {
    throw refused(`the default export of primary-backup.ts is ${describe(factory)}, not a function`);
  }
  return factory as ReplicaFactory;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

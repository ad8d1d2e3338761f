import { RAFT_CONTRACT } from '@lockstep/api';
import type { Raft, RaftFactory } from '@lockstep/api';
import type { BootContext } from '@lockstep/test-harness/suite';
import { refused, whenMade } from '@lockstep/test-harness/services';
import { Driver } from './driver.ts';
import { Service } from './service.ts';
import type { RaftSeen } from './seen.ts';

/** The scope of Raft's messages, disk names and counters on every server. */
export const RAFT_SCOPE = 'raft';

/**
 * Starts the implementation on one server, with the lab's service above it. While the factory's promise
 * is pending, the server is booting.
 */
export function boot(context: BootContext<RaftSeen>): Driver | Promise<Driver> {
  const factory = readFactory(context.exports);
  const service = new Service(context);
  const { host, servers } = context;
  const peers = servers.filter((id) => id !== host.id);
  const made = factory(host.scope(RAFT_SCOPE), peers, (message) => service.apply(message), {
    onLeader: (term) => service.lead(term),
  });
  return whenMade(made, (raft) => drive(raft, service, context));
}

function drive(raft: unknown, service: Service, context: BootContext<RaftSeen>): Driver {
  const lacking = lackingMethod(raft);
  if (lacking !== undefined) throw refused(lacking);
  service.attach(raft as Raft);
  return new Driver(raft as Raft, service, context);
}

/** The entry file's default export; throws one clear sentence when it cannot be a Raft factory. */
export function readFactory(exports: Readonly<Record<string, unknown>>): RaftFactory {
  const { default: factory, contract } = exports;
  if (contract !== undefined && contract !== RAFT_CONTRACT) {
    const said = typeof contract === 'string' ? `"${contract.slice(0, 40)}"` : `a ${typeof contract}`;
    throw refused(`raft.ts exports contract = ${said}, and this lab is for "${RAFT_CONTRACT}"`);
  }
  if (factory === undefined)
    throw refused('raft.ts has no default export; it must be a function that makes a Raft');
  if (typeof factory !== 'function') {
    throw refused(`the default export of raft.ts is ${kindOf(factory)}, not a function`);
  }
  return factory as RaftFactory;
}

/** What a Raft object lacks to fit the contract, in a sentence; `undefined` when it fits. */
export function lackingMethod(raft: unknown): string | undefined {
  if (typeof raft !== 'object' || raft === null) {
    return `the factory in raft.ts gave ${raft === null ? 'null' : typeof raft} instead of a Raft object`;
  }
  for (const method of ['start', 'status', 'snapshot'] as const) {
    if (typeof (raft as Partial<Raft>)[method] !== 'function') {
      return `the object that the factory in raft.ts gave has no method ${method}()`;
    }
  }
  return undefined;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

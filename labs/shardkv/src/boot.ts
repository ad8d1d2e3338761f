import { SHARDKV_CONTRACT } from '@lockstep/api';
import type { NodeId, ShardKvImplementation } from '@lockstep/api';
import type { BootContext } from '@lockstep/test-harness/suite';
import { RaftBelow, refused } from '@lockstep/test-harness/services';
import { Client } from './client.ts';
import { STORE_SCOPE } from './scopes.ts';
import type { ShardSeen } from './seen.ts';
import { topologyOf } from './settings.ts';
import type { ShardSettings, Topology } from './settings.ts';

/** One boot of a server, of the controller or of a group. */
export class Server {
  readonly role = 'server';
  readonly below: RaftBelow;

  constructor(below: RaftBelow) {
    this.below = below;
  }
}

/** One boot of one machine. */
export type Driver = Server | Client;

/** Starts the implementation on one machine. While a server's promise is pending, it is booting. */
export function boot(context: BootContext<ShardSeen>): Driver | Promise<Driver> {
  const implementation = readImplementation(context.exports);
  const topology = topologyOf(context.servers, context.settings as ShardSettings);
  return context.role === 'client'
    ? new Client(context, implementation, topology.controllers)
    : bootServer(context, implementation, topology);
}

async function bootServer(
  context: BootContext<ShardSeen>,
  { controller, server }: ShardKvImplementation,
  { controllers, otherControllers, groups }: Topology,
): Promise<Driver> {
  const { host } = context;
  const scope = host.scope(STORE_SCOPE);
  const { maxLogBytes }: ShardSettings = context.settings;
  const options = maxLogBytes === undefined ? {} : { maxLogBytes };
  const others = (servers: readonly NodeId[]): NodeId[] => servers.filter((id) => id !== host.id);
  const group = groups.find(({ servers }) => servers.includes(host.id));
  const controllerOf = otherControllers.includes(host.id) ? otherControllers : controllers;
  const peers = others(group?.servers ?? controllerOf);
  const below = new RaftBelow(context, peers);
  const deps = { raft: below.start };
  if (group === undefined) await controller(scope, peers, deps, options);
  else await server(scope, { group: group.id, peers, controllers: [...controllers] }, deps, options);
  return new Server(below);
}

/** The entry file's default export; throws one clear sentence when it cannot be one. */
function readImplementation(exports: Readonly<Record<string, unknown>>): ShardKvImplementation {
  const { default: given, contract = SHARDKV_CONTRACT } = exports;
  if (contract !== SHARDKV_CONTRACT) {
    throw refused(`shardkv.ts exports another contract than this lab's, "${SHARDKV_CONTRACT}"`);
  }
  const made = (typeof given === 'object' && given !== null ? given : {}) as Partial<ShardKvImplementation>;
  for (const name of ['controller', 'administrator', 'server', 'clerk'] as const) {
    if (typeof made[name] !== 'function') {
      throw refused(`the default export of shardkv.ts must be an object with a function ${name}`);
    }
  }
  return made as ShardKvImplementation;
}

import type { Host, NodeId, ShardAdministrator, ShardClerk } from '@lockstep/api';
import * as raft from '@lockstep/raft';
import shardkv from '@lockstep/shardkv';
import { labrpc } from '@lockstep/test-harness/faults';
import { runSimulation } from '@lockstep/test-harness/world';
import type {
  BootContext,
  Implementation,
  Lab,
  NodeSpec,
  RunResult,
  ScriptWorld,
} from '@lockstep/test-harness';

/** Servers of the controller, and of each group. */
const REPLICAS = 3;

/** How many machines there are of each kind. */
export interface Size {
  readonly groups: number;
  readonly clients: number;
}

/** A client machine: a clerk, an administrator, and what the script lets them do. */
export class Client {
  readonly host: Host;
  readonly clerk: ShardClerk;
  readonly administrator: ShardAdministrator;

  constructor(host: Host, controllers: readonly NodeId[]) {
    this.host = host;
    this.clerk = shardkv.clerk(host, controllers);
    this.administrator = shardkv.administrator(host, controllers);
  }
}

export type Script = ScriptWorld<Client | undefined>;

export function controllers(): readonly NodeId[] {
  return Array.from({ length: REPLICAS }, (_, i) => `k${i + 1}`);
}

/** The servers of a group; groups are numbered from 1. */
export function serversOf(group: number): readonly NodeId[] {
  return Array.from({ length: REPLICAS }, (_, i) => `g${group}-${i + 1}`);
}

export function clients(count: number): readonly NodeId[] {
  return Array.from({ length: count }, (_, i) => `c${i + 1}`);
}

/** Runs a script in a world with a controller, so many groups (none of which has joined) and clients. */
export function runWorld(
  size: Size,
  seed: string,
  options: {
    readonly network?: () => ReturnType<typeof labrpc>;
    readonly timeLimitMs?: number;
    readonly settings?: { readonly maxLogBytes?: number };
  },
  run: (world: Script) => Promise<void>,
): Promise<RunResult> {
  const lab: Lab<Client | undefined, Script> = {
    id: 'bench',
    title: 'Bench',
    entry: 'shardkv.ts',
    contract: 'bench/1',
    reference: '',
    layers: [],
    extraNodes: () => machines(size),
    boot: (context) => boot(context, options.settings ?? {}),
    judges: () => [],
    script: (world) => world,
    parts: [
      {
        id: 'A',
        title: 'sharded store',
        tests: [
          {
            id: 'bench/A/shardkv',
            title: 'sharded store',
            about: 'operations and moves',
            points: 1,
            servers: 0,
            timeLimitMs: options.timeLimitMs ?? 1e9,
            network: options.network ?? (() => labrpc()),
            budget: { events: 1e9, messages: 1e9, bytes: 1e12 },
            run,
          },
        ],
      },
    ],
  };
  return runSimulation({ lab, test: 'bench/A/shardkv', seed, implementation: NOTHING });
}

/** The libraries are imported, so there is nothing to load: what they know is all in their instances. */
const NOTHING: Implementation = { name: 'shardkv', instantiate: () => ({}), describeStack: () => '' };

function machines({ groups, clients: count }: Size): NodeSpec[] {
  const servers = Array.from({ length: groups }, (_, i) => serversOf(i + 1)).flat();
  return [
    ...controllers().map((id) => ({ id, role: 'controller' })),
    ...servers.map((id) => ({ id, role: 'server' })),
    ...clients(count).map((id) => ({ id, role: 'client' })),
  ];
}

async function boot(
  { host, role }: BootContext,
  settings: { readonly maxLogBytes?: number },
): Promise<Client | undefined> {
  const scope = host.scope('shardkv');
  if (role === 'client') return new Client(scope, controllers());
  const group = role === 'server' ? Number(host.id.slice(1).split('-')[0]) : undefined;
  const peers = (group === undefined ? controllers() : serversOf(group)).filter((id) => id !== host.id);
  const deps = {
    raft: async (
      apply: Parameters<typeof raft.createRaft>[2],
      options: Parameters<typeof raft.createRaft>[3],
    ) => raft.createRaft(host.scope('raft'), peers, apply, options),
  };
  if (group === undefined) await shardkv.controller(scope, peers, deps, settings);
  else await shardkv.server(scope, { group, peers, controllers: controllers() }, deps, settings);
  return undefined;
}

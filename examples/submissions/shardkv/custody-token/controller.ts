import type { Host, NodeId, ShardConfiguration, ShardDeps, ShardOptions } from '@lockstep/api';

import { ControllerMachine } from './controller-machine.ts';
import type { Change, ControllerCommand, ControllerResult } from './controller-machine.ts';
import type { NotLeader } from './courier.ts';
import type { Ticket } from './lanes.ts';
import { Replica } from './replica.ts';

/** The answer of a leader that could not find out in time what became of a request. */
export interface Busy {
  readonly kind: 'busy';
}

/** What the controller's servers answer. */
export interface ControllerRpc {
  /** Makes a change, once for each ticket. */
  change(request: {
    readonly ticket: Ticket;
    readonly change: Change;
  }): Promise<ControllerResult | NotLeader | Busy>;
  /** Linearizable: the configuration of this number, or the latest. */
  query(request: { readonly number: number | undefined }): Promise<ControllerResult | NotLeader | Busy>;
  /** What this server knows, which may be old: configurations behind the one of this number, one after the other. */
  after(request: { readonly number: number }): Promise<readonly ShardConfiguration[]>;
  /** The latest configuration that this server knows. */
  latest(request: Record<string, never>): Promise<ShardConfiguration>;
}

/** So many configurations are told at a time. */
const CONFIGURATIONS_AT_A_TIME = 8;

/** Makes one server of the controller. */
export async function controller(
  host: Host,
  _peers: readonly NodeId[],
  deps: ShardDeps,
  options: ShardOptions,
): Promise<void> {
  const machine = new ControllerMachine();
  const replica = new Replica<ControllerCommand, ControllerResult>(host, machine, options.maxLogBytes);
  const propose = async (command: ControllerCommand): Promise<ControllerResult | NotLeader | Busy> => {
    const result = await replica.propose(command);
    if (result !== undefined) return result;
    return replica.isLeader ? { kind: 'busy' } : { kind: 'not-leader', leader: replica.leaderHint };
  };
  const service: ControllerRpc = {
    change: ({ ticket, change }) => propose({ kind: 'change', ticket, change }),
    query: async ({ number }) => {
      // A configuration never changes; so whoever knows it may tell it.
      const configuration = machine.configuration(number);
      return configuration !== undefined
        ? { kind: 'configuration', configuration }
        : propose({ kind: 'query', number });
    },
    after: async ({ number }) => machine.after(number, CONFIGURATIONS_AT_A_TIME),
    latest: async () => machine.latest,
  };
  await replica.start(deps.raft);
  host.serve(service);
}

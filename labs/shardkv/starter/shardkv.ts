import { NotImplemented } from '@lockstep/api';
import type { ShardAdministrator, ShardClerk, ShardKvImplementation } from '@lockstep/api';

/** The version of the contract that this file is written for. */
export const contract = 'shardkv/1';

/** One server of the shard controller: `deps.raft` starts the Raft below it. */
function controller(): void {
  throw new NotImplemented('Sharded store part A: the controller');
}

/** An administrator's clerk of the controller: it tries again until it is answered, and each change is made once. */
function administrator(): ShardAdministrator {
  throw new NotImplemented('Sharded store part A: the administrator');
}

/** One server of a group: it serves the shards that are assigned to it, and hands over those that are not any more. */
function server(): void {
  throw new NotImplemented('Sharded store part B: the server of a group');
}

/** A client of the store: it finds the group that serves a key, wherever that has moved. */
function clerk(): ShardClerk {
  throw new NotImplemented('Sharded store part B: the clerk');
}

export default { controller, administrator, server, clerk } satisfies ShardKvImplementation;

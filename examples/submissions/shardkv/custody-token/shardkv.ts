/**
 * A sharded key/value store with one custody of each shard. The custody is a number that grows at each hand-over: the
 * new owner looks for it and pulls, the old one grants it in its log, and deletes when it has arrived. A shard carries
 * all that belongs to it: entries, sessions, promises to transactions, and the records of those that it coordinates.
 */
import type { ShardKvImplementation } from '@lockstep/api';

import { administrator } from './administrator.ts';
import { clerk } from './clerk.ts';
import { controller } from './controller.ts';
import { server } from './group-server.ts';

/** The version of the contract that this was written for. */
export const contract = 'shardkv/1';

export default { controller, administrator, server, clerk } satisfies ShardKvImplementation;

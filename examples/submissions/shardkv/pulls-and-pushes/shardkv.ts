import type { ShardKvImplementation } from '@lockstep/api';
import { administrator, controller } from './controller.ts';
import { clerk } from './clerk.ts';
import { server } from './group.ts';

/*
 * Groups pull shards from their old owners, one configuration after the other. Transactions are driven by clerks:
 * they lock key by key, in one order for all, write the decision down beside the first key, and then tidy up; whoever
 * finds a lock in the way pushes its transaction to an end.
 */

export const contract = 'shardkv/1';

export default { controller, administrator, server, clerk } satisfies ShardKvImplementation;

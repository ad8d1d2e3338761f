import { NotImplemented } from '@lockstep/api';
import type { ShardClerk, ShardKvImplementation } from '@lockstep/api';
import { administrator, controller } from './controller.ts';

/* A replicated controller, and nothing else yet; it deals all shards out anew with each change. */
export const contract = 'shardkv/1';

function server(): void {
  throw new NotImplemented('the server of a group');
}

function clerk(): ShardClerk {
  throw new NotImplemented('the clerk');
}

export default { controller, administrator, server, clerk } satisfies ShardKvImplementation;

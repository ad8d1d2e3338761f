import { SHARDKV_CONTRACT } from '@lockstep/api';
import type { ShardKvImplementation } from '@lockstep/api';
import { createClerk } from './clerk/clerk.ts';
import { createAdministrator } from './controller/administrator.ts';
import { createController } from './controller/server.ts';
import { createServer } from './group/server.ts';

export { createAdministrator, createClerk, createController, createServer };

/** The version of the contract that this library keeps. */
export const contract = SHARDKV_CONTRACT;

// The loader takes an implementation by its entry's default export, as it does submissions.
export default {
  controller: createController,
  administrator: createAdministrator,
  server: createServer,
  clerk: createClerk,
} satisfies ShardKvImplementation;

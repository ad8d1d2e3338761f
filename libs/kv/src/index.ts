import { KV_CONTRACT } from '@lockstep/api';
import type { KvImplementation } from '@lockstep/api';
import { createClerk } from './clerk.ts';
import { createLock } from './lock.ts';
import { createServer } from './server.ts';

export { createClerk, createLock, createServer };

/** The version of the contract that this library keeps. */
export const contract = KV_CONTRACT;

// The loader takes an implementation by its entry's default export, as it does submissions.
export default { server: createServer, clerk: createClerk, lock: createLock } satisfies KvImplementation;

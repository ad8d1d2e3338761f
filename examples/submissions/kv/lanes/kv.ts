import type { KvImplementation } from '@lockstep/api';
import { Clerk } from './clerk.ts';
import { Lock } from './lock.ts';
import { Server } from './server.ts';

/*
 * Servers that are called back, and a table that keeps one answer for each lane of each clerk.
 */
export const contract = 'kv/1';

export default {
  server: (host, peers, deps, options) => Server.boot(host, peers, deps, options),
  clerk: (host, servers) => new Clerk(host, servers),
  lock: (host, clerk, name) => new Lock(host, clerk, name),
} satisfies KvImplementation;

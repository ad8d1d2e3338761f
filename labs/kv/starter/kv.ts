import { NotImplemented } from '@lockstep/api';
import type { KvClerk, KvImplementation, KvLock, KvServer } from '@lockstep/api';

/** The version of the contract that this file is written for. */
export const contract = 'kv/1';

/** One server of the store: part A without Raft below it, from part B on with `deps.raft`. */
function server(): KvServer {
  throw new NotImplemented('Key/value part A: the server');
}

/** A client of the store: it tries again until it is answered, and each write takes effect once. */
function clerk(): KvClerk {
  throw new NotImplemented('Key/value part A: the clerk');
}

/** A lock that is built on `putIf`. */
function lock(): KvLock {
  throw new NotImplemented('Key/value part A: the lock');
}

export default { server, clerk, lock } satisfies KvImplementation;

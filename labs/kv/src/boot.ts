import { KV_CONTRACT } from '@lockstep/api';
import type { Disk, KvImplementation, KvServer } from '@lockstep/api';
import type { BootContext } from '@lockstep/test-harness/suite';
import { RaftBelow, refused } from '@lockstep/test-harness/services';
import { Client } from './client.ts';
import type { KvSeen } from './seen.ts';
import { STORE_SCOPE } from './scopes.ts';
import type { KvSettings } from './settings.ts';

/** One boot of one server, as this lab holds it. */
export class Server {
  readonly role = 'server';
  readonly below: RaftBelow;
  /** What it would know after a planned restart is on the lab's own part of the disk. */
  isSaved = false;
  readonly #server: KvServer;
  readonly #disk: Disk;

  constructor(below: RaftBelow, server: KvServer, disk: Disk) {
    this.below = below;
    this.#server = server;
    this.#disk = disk;
  }

  /** Begins to write down what the server would have to know after a planned restart. */
  save(): void {
    void this.#disk.write({ [SAVED]: this.#server.save() }).then(() => {
      this.isSaved = true;
    });
  }
}

/** One boot of one machine. */
export type Driver = Server | Client;

/** The lab's own scope on a server's disk, and its one name there: what a planned restart takes over. */
export const SAVED = 'saved';

/** Starts the implementation on one machine. While the server's promise is pending, it is booting. */
export function boot(context: BootContext<KvSeen>): Driver | Promise<Driver> {
  const implementation = readImplementation(context.exports);
  return context.role === 'client'
    ? new Client(context, implementation)
    : bootServer(context, implementation);
}

async function bootServer(context: BootContext<KvSeen>, { server }: KvImplementation): Promise<Driver> {
  const { isAlone, clients: _, ...options }: KvSettings = context.settings;
  const { host, servers } = context;
  const below = new RaftBelow(
    context,
    context.servers.filter((id) => id !== context.host.id),
  );
  const peers = servers.filter((id) => id !== host.id);
  const disk = host.scope(SAVED).disk;
  const saved = isAlone === true ? await disk.read(SAVED) : undefined;
  const deps = {
    ...(isAlone === true ? {} : { raft: below.start }),
    ...(saved === undefined ? {} : { saved }),
  };
  const made: unknown = await server(host.scope(STORE_SCOPE), peers, deps, options);
  if (typeof made !== 'object' || made === null || typeof (made as KvServer).save !== 'function') {
    throw refused('what server() in kv.ts gave has no method save()');
  }
  return new Server(below, made as KvServer, disk);
}

/** The entry file's default export; throws one clear sentence when it cannot be one. */
export function readImplementation(exports: Readonly<Record<string, unknown>>): KvImplementation {
  const { default: given, contract = KV_CONTRACT } = exports;
  if (contract !== KV_CONTRACT)
    throw refused(`kv.ts exports another contract than this lab's, "${KV_CONTRACT}"`);
  const made = (typeof given === 'object' && given !== null ? given : {}) as Partial<KvImplementation>;
  for (const name of ['server', 'clerk', 'lock'] as const) {
    if (typeof made[name] !== 'function') {
      throw refused(`the default export of kv.ts must be an object with a function ${name}`);
    }
  }
  return made as KvImplementation;
}

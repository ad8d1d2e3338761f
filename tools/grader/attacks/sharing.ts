/*
 * What the labs give to code under test, beside the Host: each of these submissions takes all of it, whatever role it
 * plays, and has it searched (`share`, see the test) for places where other nodes can write, too. They do nothing else.
 */

/** By lab: the entry file, a test that gives much, and the code; `share` is in scope. */
export const TAKERS: Readonly<Record<string, { readonly test: string; readonly code: string }>> = {
  raft: {
    test: 'raft/A/initial-election',
    code: `export default (host: any, peers: unknown, apply: unknown, options: unknown) => {
      share(host, { host, peers, apply, options });
      return { start() {}, status: () => ({ term: 0, isLeader: false }), snapshot() {} };
    };`,
  },
  kv: {
    test: 'kv/A/lock-contention',
    code: `export default {
      async server(host: any, peers: unknown, deps: any, options: unknown) {
        share(host, { host, peers, deps, options });
        return { save: () => null };
      },
      clerk(host: any, servers: unknown) {
        const never = () => new Promise(() => {});
        return { get: async () => ({}), put: async () => 0, append: never, putIf: async () => 'no version', servers };
      },
      lock(host: any, clerk: any, name: string) {
        return {
          acquire: async () => {
            const answers = await Promise.all([
              () => clerk.get('k'), () => clerk.put('k', ''), () => clerk.putIf('k', '', 1),
            ].map(settled));
            share(host, { host, clerk, name, answers });
            return new Promise(() => {});
          },
          release: async () => {},
        };
      },
    };`,
  },
  shardkv: {
    test: 'shardkv/B/static',
    code: `const start = async (host: any, peers: unknown, deps: any, options: unknown) => {
        const rafts = [await settled(() => deps.raft(() => {}, {})), await settled(() => deps.raft(() => {}, {}))];
        share(host, { host, peers, deps, options, rafts });
      };
      const never = () => new Promise(() => {});
      export default {
        controller: start,
        administrator: (host: any, servers: unknown) => {
          share(host, { host, servers });
          return { join: never, leave: never, move: never, query: never };
        },
        server: start,
        clerk: (host: any, servers: unknown) => {
          share(host, { host, servers });
          return { get: never, put: never, append: never, putIf: never, transact: never };
        },
      };`,
  },
  mapreduce: {
    test: 'mapreduce/A/word-count',
    code: `export default {
      coordinator(host: any, job: unknown, stores: any) {
        share(host, { host, job, stores });
        const phase = { total: 1, done: 0, running: 0, backups: 0, attempts: 0 };
        return { progress: () => ({ state: 'running', map: phase, reduce: phase, inputBytes: { total: 1, done: 0 }, counters: {}, skipped: 0, workers: 0 }) };
      },
      async worker(host: any, coordinator: unknown, app: any, stores: any) {
        const answers = await Promise.all([
          () => stores.shared.list(''), () => stores.shared.read('nowhere', 0, 1), () => stores.local.append('a', new Uint8Array(1)),
          () => stores.local.read('a', 0, 1),
        ].map(settled));
        share(host, { host, coordinator, app, stores, answers });
        return { status: () => 'working' };
      },
    };`,
  },
  'primary-backup': {
    test: 'primary-backup/D/replacement',
    code: `export default async (host: any, machine: any, devices: any, options: unknown) => {
      const answers = await Promise.all([
        () => machine.run(10), () => machine.snapshot(), () => devices.storage.testAndSet(1),
        () => devices.storage.execute({}), () => devices.network.send({}), () => devices.network.announce('x'),
      ].map(settled));
      share(host, { host, machine, devices, options, answers });
      return { status: () => ({ role: 'spare', epoch: 1 }) };
    };`,
  },
};

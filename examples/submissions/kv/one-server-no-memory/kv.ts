import type { Host, KvClerk, KvEntry, KvImplementation, KvLock, NodeId } from '@lockstep/api';

/*
 * Tries again when it hears nothing, and remembers nothing: what was done is done again. It knows no Raft either, so
 * from part B on each server has a store of its own.
 */
export const contract = 'kv/1';

type Op =
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'put' | 'append'; readonly key: string; readonly value: string }
  | { readonly op: 'putIf'; readonly key: string; readonly value: string; readonly version: number };

interface Rpc {
  ask(op: Op): { entry?: KvEntry; version?: number };
}

class Clerk implements KvClerk {
  constructor(
    private readonly host: Host,
    private readonly servers: readonly NodeId[],
  ) {}

  async get(key: string): Promise<KvEntry> {
    return (await this.ask({ op: 'get', key })).entry ?? { value: '', version: 0 };
  }
  async put(key: string, value: string): Promise<number> {
    return (await this.ask({ op: 'put', key, value })).version ?? 0;
  }
  async append(key: string, value: string): Promise<number> {
    return (await this.ask({ op: 'append', key, value })).version ?? 0;
  }
  async putIf(key: string, value: string, version: number): Promise<number | undefined> {
    return (await this.ask({ op: 'putIf', key, value, version })).version;
  }

  private async ask(op: Op): Promise<{ entry?: KvEntry; version?: number }> {
    for (let i = 0; ; i++) {
      try {
        return await this.host.peer<Rpc>(this.servers[i % this.servers.length] ?? '').ask(op, { timeoutMs: 300 });
      } catch {
        await this.host.clock.sleep(10);
      }
    }
  }
}

class Lock implements KvLock {
  constructor(
    private readonly host: Host,
    private readonly clerk: KvClerk,
    private readonly name: string,
  ) {}

  async acquire(): Promise<void> {
    for (;;) {
      const { value, version } = await this.clerk.get(this.name);
      if (value === '' && (await this.clerk.putIf(this.name, 'taken', version)) !== undefined) return;
      await this.host.clock.sleep(10);
    }
  }

  async release(): Promise<void> {
    await this.clerk.put(this.name, '');
  }
}

export default {
  server(host, _peers, deps) {
    const entries = new Map<string, KvEntry>((deps.saved ?? []) as [string, KvEntry][]);
    host.serve({
      ask(op: Op) {
        const entry = entries.get(op.key) ?? { value: '', version: 0 };
        if (op.op === 'get') return { entry };
        if (op.op === 'putIf' && op.version !== entry.version) return {};
        const value = op.op === 'append' ? entry.value + op.value : op.value;
        entries.set(op.key, { value, version: entry.version + 1 });
        return { version: entry.version + 1 };
      },
    });
    return { save: () => [...entries] };
  },
  clerk: (host, servers) => new Clerk(host, servers),
  lock: (host, clerk, name) => new Lock(host, clerk, name),
} satisfies KvImplementation;

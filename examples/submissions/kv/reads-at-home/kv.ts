import type { Host, KvClerk, KvEntry, KvImplementation, KvLock, KvServer, NodeId, Raft } from '@lockstep/api';

/*
 * A whole store in one file, with one fault: see `get`. Each request has a number that says who asks and which of its
 * requests it is, and the servers remember the last answer to each asker; a clerk makes an asker of its own for each
 * operation that is under way at the same time.
 */
export const contract = 'kv/1';

interface Put {
  readonly asker: string;
  readonly number: number;
  readonly op: 'put' | 'append' | 'putIf';
  readonly key: string;
  readonly value: string;
  readonly version: number;
}

interface State {
  entries: Record<string, KvEntry>;
  answers: Record<string, [number: number, version: number | null]>;
}

interface Rpc {
  get(key: string): KvEntry | null;
  put(put: Put): Promise<{ version: number | null } | null>;
}

class Store implements KvServer {
  raft: Raft | undefined;
  state: State = { entries: Object.create(null), answers: Object.create(null) };
  bytes = 0;
  readonly waiting = new Map<number, { term: number; done: (isMine: boolean) => void }>();

  constructor(readonly host: Host) {}

  save(): unknown {
    const copy: State = JSON.parse(JSON.stringify(this.state));
    return { entries: Object.entries(copy.entries), answers: Object.entries(copy.answers) };
  }

  load(saved: unknown): void {
    const { entries, answers } = saved as { entries: [string, KvEntry][]; answers: [string, [number, number]][] };
    this.state = { entries: Object.create(null), answers: Object.create(null) };
    for (const [key, entry] of entries) this.state.entries[key] = entry;
    for (const [asker, answer] of answers) this.state.answers[asker] = answer;
  }

  read(key: string): KvEntry {
    return this.state.entries[key] ?? { value: '', version: 0 };
  }

  apply({ asker, number, op, key, value, version }: Put): number | null {
    const [last, answer] = this.state.answers[asker] ?? [0, null];
    if (number <= last) return answer;
    const now = this.read(key);
    const isDone = op !== 'putIf' || version === now.version;
    if (isDone) {
      this.state.entries[key] = { value: op === 'append' ? now.value + value : value, version: now.version + 1 };
    }
    const made = isDone ? now.version + 1 : null;
    this.state.answers[asker] = [number, made];
    return made;
  }

  /** The fault: who leads answers from memory. It may have been deposed without knowing, and others write (Raft §8). */
  get(key: string): KvEntry | null {
    return this.raft === undefined || this.raft.status().isLeader ? this.read(key) : null;
  }

  async put(put: Put): Promise<{ version: number | null } | null> {
    if (this.raft === undefined) return { version: this.apply(put) };
    const place = this.raft.start(put);
    if (place === undefined) return null;
    const isMine = await new Promise<boolean>((done) => {
      this.waiting.get(place.index)?.done(false);
      this.waiting.set(place.index, { term: place.term, done });
    });
    return isMine ? { version: this.state.answers[put.asker]?.[1] ?? null } : null;
  }

  came(index: number, term: number): void {
    for (const [at, { term: of, done }] of this.waiting) {
      if (at > index) continue;
      this.waiting.delete(at);
      done(at === index && of === term);
    }
  }

  async watch(): Promise<void> {
    for (;;) {
      await this.host.clock.sleep(30);
      const { isLeader = false, term = 0 } = this.raft?.status() ?? {};
      for (const [at, { term: of, done }] of this.waiting) {
        if (isLeader && of === term) continue;
        this.waiting.delete(at);
        done(false);
      }
    }
  }
}

const server: KvImplementation['server'] = async (host, _peers, deps, options) => {
  const store = new Store(host);
  if (deps.saved !== undefined) store.load(deps.saved);
  store.raft = await deps.raft?.(
    (message) => {
      if (message.kind === 'snapshot') store.load(message.data);
      else if (message.command !== null) store.apply(message.command as Put);
      store.came(message.index, message.term);
      store.bytes = message.kind === 'snapshot' ? 0 : store.bytes + JSON.stringify(message.command).length + 20;
      if (store.raft === undefined || store.bytes < (options.maxLogBytes ?? Infinity)) return;
      store.raft.snapshot(message.index, store.save());
      store.bytes = 0;
    },
    { onLeader: () => void store.raft?.start(null) },
  );
  const rpc: Rpc = { get: (key) => store.get(key), put: (put) => store.put(put) };
  host.serve(rpc);
  if (store.raft !== undefined) void store.watch();
  return store;
};

/** Asks the server that has answered last, then the others one after the other. */
class Asking {
  #first = 0;

  constructor(
    readonly host: Host,
    readonly servers: readonly NodeId[],
  ) {}

  async ask<T>(one: (id: NodeId) => Promise<T | null>): Promise<T> {
    for (let i = this.#first; ; i++) {
      const answer = await one(this.servers[i % this.servers.length] ?? '').catch(() => null);
      if (answer !== null) {
        this.#first = i % this.servers.length;
        return answer;
      }
      await this.host.clock.sleep(this.host.random.integer(1, 40));
    }
  }
}

class Clerk implements KvClerk {
  readonly #host: Host;
  readonly #asking: Asking;
  /** Askers that have nothing under way, and the number of the last thing that each has asked for. */
  readonly #idle: { readonly asker: string; number: number }[] = [];

  constructor(host: Host, servers: readonly NodeId[]) {
    this.#host = host;
    this.#asking = new Asking(host, servers);
  }

  get(key: string): Promise<KvEntry> {
    return this.#asking.ask((id) => this.#host.peer<Rpc>(id).get(key, { timeoutMs: 300 }));
  }
  put(key: string, value: string): Promise<number> {
    return this.#put({ op: 'put', key, value, version: 0 }) as Promise<number>;
  }
  append(key: string, value: string): Promise<number> {
    return this.#put({ op: 'append', key, value, version: 0 }) as Promise<number>;
  }
  putIf(key: string, value: string, version: number): Promise<number | undefined> {
    return this.#put({ op: 'putIf', key, value, version });
  }

  async #put(what: Pick<Put, 'op' | 'key' | 'value' | 'version'>): Promise<number | undefined> {
    const own = this.#idle.pop() ?? { asker: this.#host.random.uniform().toString(36).slice(2), number: 0 };
    own.number += 1;
    const { asker, number } = own;
    const answer = await this.#asking.ask((id) =>
      this.#host.peer<Rpc>(id).put({ ...what, asker, number }, { timeoutMs: 300 }),
    );
    this.#idle.push(own);
    return answer.version ?? undefined;
  }
}

const lock: KvImplementation['lock'] = (host, clerk, name): KvLock => {
  let mark = '';
  const put = (value: string, version: number): Promise<unknown> =>
    clerk.putIf(name, value, version).catch(() => undefined);
  return {
    async acquire() {
      mark = `${host.id}.${host.random.uniform()}`;
      for (;;) {
        const { value, version } = await clerk.get(name);
        if (value === mark) return;
        if (value === '') await put(mark, version);
        else await host.clock.sleep(host.random.integer(5, 20));
      }
    },
    async release() {
      for (;;) {
        const { value, version } = await clerk.get(name);
        if (value !== mark) return;
        await put('', version);
      }
    },
  };
};

export default {
  server,
  clerk: (host, servers) => new Clerk(host, servers),
  lock,
} satisfies KvImplementation;

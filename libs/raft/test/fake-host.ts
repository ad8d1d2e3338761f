import { DiskError, RpcError } from '@lockstep/api';
import type { CallOptions, Clock, Disk, Host, Logger, NodeId, Random } from '@lockstep/api';
import type { RaftRpc } from '../src/messages.ts';

/** A call that a node under test has made, and that waits for the test's answer. */
export interface FakeCall {
  readonly to: NodeId;
  readonly method: string;
  readonly args: unknown;
  answer(reply: unknown): Promise<void>;
  fail(): Promise<void>;
}

interface PendingTimer {
  readonly at: number;
  readonly run: () => void;
}

/** A write that the disk has not confirmed. */
interface PendingWrite {
  readonly batch: Readonly<Record<string, unknown>>;
  resolve(): void;
  reject(error: DiskError): void;
}

/** Lets everything run that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A disk that the test confirms by hand. Like the real one, it shows pending writes at once. */
export class FakeDisk implements Disk {
  readonly contents: Map<string, unknown>;
  readonly pending: PendingWrite[] = [];
  /** Confirms each write at once. */
  isPrompt = true;
  writes = 0;

  constructor(contents: ReadonlyMap<string, unknown> = new Map()) {
    this.contents = new Map(contents);
  }

  write(batch: Readonly<Record<string, unknown>>): Promise<void> {
    this.writes++;
    if (this.isPrompt) {
      this.#apply(batch);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.pending.push({ batch, resolve, reject }));
  }

  /** Ends the oldest pending write; a failed one may have reached the disk all the same. */
  async end(outcome: 'confirmed' | 'failed' | 'failed but written' = 'confirmed'): Promise<void> {
    const write = this.pending.shift();
    if (write === undefined) throw new Error('no write is pending');
    if (outcome !== 'failed') this.#apply(write.batch);
    if (outcome === 'confirmed') write.resolve();
    else write.reject(new DiskError('broken'));
    await settle();
  }

  async read<T>(name: string): Promise<T | undefined> {
    return structuredClone(this.contents.get(name)) as T | undefined;
  }

  async entries<T>(prefix = ''): Promise<[string, T][]> {
    const names = [...this.contents.keys()].filter((name) => name.startsWith(prefix)).toSorted();
    return names.map((name) => [name, structuredClone(this.contents.get(name)) as T]);
  }

  get usedBytes(): number {
    return 0;
  }

  #apply(batch: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(batch)) {
      if (value === undefined) this.contents.delete(name);
      else this.contents.set(name, structuredClone(value));
    }
  }
}

/** A world of one node: time passes, calls are answered and writes confirmed when the test says so. */
export class FakeHost implements Host {
  readonly id: NodeId = 'n1';
  readonly disk: FakeDisk;
  readonly calls: FakeCall[] = [];
  readonly notes: string[] = [];
  /** What every election timeout is drawn with. */
  draw = 0.5;
  service: RaftRpc | undefined;
  #now = 0;
  #timers = new Set<PendingTimer>();

  constructor(disk = new FakeDisk()) {
    this.disk = disk;
  }

  readonly clock: Clock = {
    now: () => this.#now,
    sleep: (ms) => new Promise((resolve) => this.clock.after(ms, resolve)),
    after: (ms, run) => {
      const timer = { at: this.#now + ms, run };
      this.#timers.add(timer);
      return { cancel: () => this.#timers.delete(timer) };
    },
  };

  readonly random: Random = { uniform: () => this.draw, integer: (lo) => lo };

  readonly log: Logger = {
    debug: (message) => void this.notes.push(message),
    info: (message) => void this.notes.push(message),
    warn: (message) => void this.notes.push(message),
  };

  serve(service: object): void {
    this.service = service as RaftRpc;
  }

  peer<S extends object>(to: NodeId): never {
    const call = (method: string) => (args: unknown, _options?: CallOptions) =>
      new Promise((resolve, reject) => {
        this.calls.push({
          to,
          method,
          args: structuredClone(args),
          answer: (reply) => (resolve(reply), settle()),
          fail: () => (reject(new RpcError('unavailable', 'no reply')), settle()),
        });
      });
    return new Proxy({} as S, { get: (_client, method) => call(String(method)) }) as never;
  }

  scope(): Host {
    return this;
  }

  /** Lets time pass, timer by timer. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
      await settle();
    }
    this.#now = until;
    await settle();
  }

  /** The calls made since the last time, of one method. */
  take(method: string): FakeCall[] {
    const taken = this.calls.filter((call) => call.method === method);
    const rest = this.calls.filter((call) => call.method !== method);
    this.calls.splice(0, this.calls.length, ...rest);
    return taken;
  }
}

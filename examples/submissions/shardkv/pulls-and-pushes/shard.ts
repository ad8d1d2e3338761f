import type { KvEntry } from '@lockstep/api';

/** Whether a transaction happens: `refuse` is what a condition came to that does not hold. */
export type Decision = 'commit' | 'refuse' | 'abort';

/** A key that a transaction has locked, and what it will hold if the transaction commits. */
export interface Lock {
  readonly tx: string;
  /** The key beside which the decision is written down. */
  readonly primary: string;
  readonly value?: string;
}

/** What clerks ask of a shard. */
export type Request =
  | { readonly op: 'get'; readonly key: string }
  | {
      readonly op: 'put' | 'append' | 'put-if';
      readonly id: string;
      readonly key: string;
      readonly value: string;
      readonly version?: number;
    }
  | ({ readonly op: 'lock'; readonly key: string } & Lock)
  | { readonly op: 'status'; readonly key: string; readonly tx: string }
  | { readonly op: 'decide'; readonly key: string; readonly tx: string; readonly decision: Decision }
  | { readonly op: 'resolve'; readonly key: string; readonly tx: string; readonly isCommitted: boolean };

/** What comes of it. */
export type Reply =
  | { readonly kind: 'done'; readonly value?: unknown }
  | { readonly kind: 'locked'; readonly key: string; readonly lock: Lock }
  /** The transaction's lock on the key is a thing of the past. */
  | { readonly kind: 'over' }
  /** The group does not serve the shard, or not yet. */
  | { readonly kind: 'wrong' };

/** Everything that belongs to a shard, and moves with it. */
export class Shard {
  #entries = new Map<string, KvEntry>();
  /** Results of writes, by their names. */
  #results = new Map<string, number | false>();
  #locks = new Map<string, Lock>();
  #decisions = new Map<string, Decision>();
  /** Locks that were there once: a late copy of a request must not bring them back. */
  #over = new Set<string>();

  do(request: Request): Reply {
    switch (request.op) {
      case 'status':
        return { kind: 'done', value: this.#decisions.get(request.tx) };
      case 'decide': {
        const decision = this.#decisions.get(request.tx) ?? request.decision;
        this.#decisions.set(request.tx, decision);
        return { kind: 'done', value: decision };
      }
      case 'resolve':
        return this.#resolve(request.key, request.tx, request.isCommitted);
      case 'lock':
        return this.#lock(request.key, request);
      default:
        return this.#single(request);
    }
  }

  #entry(key: string): KvEntry {
    return this.#entries.get(key) ?? { value: '', version: 0 };
  }

  #write(key: string, value: string): number {
    const version = this.#entry(key).version + 1;
    this.#entries.set(key, { value, version });
    return version;
  }

  #single(request: Exclude<Request, { op: 'status' | 'decide' | 'resolve' | 'lock' }>): Reply {
    const { key } = request;
    if (request.op !== 'get') {
      const known = this.#results.get(request.id);
      if (known !== undefined) return { kind: 'done', value: known };
    }
    const lock = this.#locks.get(key);
    if (lock !== undefined) return { kind: 'locked', key, lock };
    const entry = this.#entry(key);
    if (request.op === 'get') return { kind: 'done', value: entry };
    const isRefused = request.op === 'put-if' && request.version !== entry.version;
    const value = request.op === 'append' ? entry.value + request.value : request.value;
    const result = isRefused ? false : this.#write(key, value);
    this.#results.set(request.id, result);
    return { kind: 'done', value: result };
  }

  #lock(key: string, { tx, primary, value }: Lock): Reply {
    if (this.#over.has(`${tx}:${key}`)) return { kind: 'over' };
    const held = this.#locks.get(key);
    if (held !== undefined && held.tx !== tx) return { kind: 'locked', key, lock: held };
    this.#locks.set(key, value === undefined ? { tx, primary } : { tx, primary, value });
    return { kind: 'done', value: this.#entry(key) };
  }

  #resolve(key: string, tx: string, isCommitted: boolean): Reply {
    const held = this.#locks.get(key);
    this.#over.add(`${tx}:${key}`);
    if (held?.tx !== tx) return { kind: 'done' };
    this.#locks.delete(key);
    if (isCommitted && held.value !== undefined) this.#write(key, held.value);
    return { kind: 'done' };
  }

  save(): unknown {
    return [
      [...this.#entries],
      [...this.#results],
      [...this.#locks],
      [...this.#decisions],
      [...this.#over],
    ];
  }

  static load(saved: unknown): Shard {
    const [entries, results, locks, decisions, over] = saved as [
      [string, KvEntry][],
      [string, number | false][],
      [string, Lock][],
      [string, Decision][],
      string[],
    ];
    const shard = new Shard();
    shard.#entries = new Map(entries);
    shard.#results = new Map(results);
    shard.#locks = new Map(locks);
    shard.#decisions = new Map(decisions);
    shard.#over = new Set(over);
    return shard;
  }
}

import type { KvEntry } from '@lockstep/api';

/** Whether a transaction happens: `refuse` is what a condition came to that does not hold. */
export type Decision = 'commit' | 'refuse' | 'abort';

/**
 * The name of a write or a transaction. A lane of a clerk does one after the other, and numbers them: it goes on when
 * a write has been answered, or a transaction has been resolved for every key. So a number says of all that are
 * smaller that they are over, everywhere.
 */
export interface Name {
  readonly lane: string;
  readonly number: number;
}

/** The last that a shard has heard of a lane. */
interface Last {
  readonly number: number;
  /** The result of a write, or the decision on a transaction that has its primary here. */
  readonly outcome?: number | false | Decision;
  /** A transaction has been resolved here: a late copy of a request must not bring its locks back. */
  readonly isOver?: true;
}

/** A key that a transaction has locked, and what it will hold if the transaction commits. */
export interface Lock {
  readonly name: Name;
  /** So long others leave it alone. */
  readonly patienceMs: number;
  /** The key beside which the decision is written down. */
  readonly primary: string;
  readonly value?: string;
}

/** What clerks ask of a shard. */
export type Request =
  | { readonly op: 'get'; readonly key: string }
  | {
      readonly op: 'put' | 'append' | 'put-if';
      readonly name: Name;
      readonly key: string;
      readonly value: string;
      readonly version?: number;
    }
  | ({ readonly op: 'lock'; readonly key: string } & Lock)
  | { readonly op: 'status'; readonly key: string; readonly name: Name }
  | { readonly op: 'decide'; readonly key: string; readonly name: Name; readonly decision: Decision }
  | { readonly op: 'resolve'; readonly key: string; readonly name: Name; readonly isCommitted: boolean };

/** What comes of it. */
export type Reply =
  | { readonly kind: 'done'; readonly value?: unknown }
  | { readonly kind: 'locked'; readonly key: string; readonly lock: Lock }
  /** What the request is about is a thing of the past. */
  | { readonly kind: 'over' }
  /** The group does not serve the shard, or not yet. */
  | { readonly kind: 'wrong' };

/** Everything that belongs to a shard, and moves with it. */
export class Shard {
  #entries = new Map<string, KvEntry>();
  #locks = new Map<string, Lock>();
  #lanes = new Map<string, Last>();

  do(request: Request): Reply {
    if (request.op === 'get') return this.#single(request);
    const { lane, number } = request.name;
    const last = this.#lanes.get(lane);
    if (last !== undefined && last.number > number) return { kind: 'over' };
    const known = last?.number === number ? last : undefined;
    switch (request.op) {
      case 'status':
        return { kind: 'done', value: known?.outcome };
      case 'decide': {
        const outcome = known?.outcome ?? request.decision;
        this.#lanes.set(lane, { ...known, number, outcome });
        return { kind: 'done', value: outcome };
      }
      case 'resolve':
        this.#lanes.set(lane, { ...known, number, isOver: true });
        return this.#resolve(request.key, request.name, request.isCommitted);
      case 'lock':
        return known?.isOver === true ? { kind: 'over' } : this.#lock(request.key, request);
      default:
        return known === undefined ? this.#single(request) : { kind: 'done', value: known.outcome };
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
    const lock = this.#locks.get(key);
    if (lock !== undefined) return { kind: 'locked', key, lock };
    const entry = this.#entry(key);
    if (request.op === 'get') return { kind: 'done', value: entry };
    const isRefused = request.op === 'put-if' && request.version !== entry.version;
    const value = request.op === 'append' ? entry.value + request.value : request.value;
    const result = isRefused ? false : this.#write(key, value);
    this.#lanes.set(request.name.lane, { number: request.name.number, outcome: result });
    return { kind: 'done', value: result };
  }

  #lock(key: string, { name, patienceMs, primary, value }: Lock): Reply {
    const held = this.#locks.get(key);
    if (held !== undefined && !isSame(held.name, name)) return { kind: 'locked', key, lock: held };
    const lock = { name, patienceMs, primary };
    this.#locks.set(key, value === undefined ? lock : { ...lock, value });
    return { kind: 'done', value: this.#entry(key) };
  }

  #resolve(key: string, name: Name, isCommitted: boolean): Reply {
    const held = this.#locks.get(key);
    if (held === undefined || !isSame(held.name, name)) return { kind: 'done' };
    this.#locks.delete(key);
    if (isCommitted && held.value !== undefined) this.#write(key, held.value);
    return { kind: 'done' };
  }

  save(): unknown {
    return [[...this.#entries], [...this.#locks], [...this.#lanes]];
  }

  static load(saved: unknown): Shard {
    const [entries, locks, lanes] = saved as [[string, KvEntry][], [string, Lock][], [string, Last][]];
    const shard = new Shard();
    shard.#entries = new Map(entries);
    shard.#locks = new Map(locks);
    shard.#lanes = new Map(lanes);
    return shard;
  }
}

function isSame(one: Name, other: Name): boolean {
  return one.lane === other.lane && one.number === other.number;
}

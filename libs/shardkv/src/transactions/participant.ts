import type { Store } from '../group/store.ts';
import { Gate } from './gate.ts';
import type { StoredGate } from './gate.ts';
import { Locks } from './locks.ts';
import type { Part, TransactionId, Vote } from './messages.ts';

/** A part that waits for the decision. */
export interface Prepared {
  readonly id: TransactionId;
  readonly part: Part;
}

/** A participant as plain data. */
export interface StoredParticipant {
  readonly prepared: readonly Prepared[];
  readonly gates: readonly (readonly [coordinator: number, gate: StoredGate])[];
}

/**
 * One shard's side of the transactions of which it is a part (two-phase commit: Gray 1978; Spanner, OSDI 2012, §4.2.1).
 * Once it has voted, its keys are locked until it knows the decision, wherever it moves meanwhile. Nobody waits for a
 * lock here: who finds a key locked is refused, and so there are no deadlocks.
 */
export class Participant {
  readonly #store: Store;
  readonly #locks = new Locks();
  readonly #prepared = new Map<string, Prepared>();
  readonly #gates = new Map<number, Gate>();

  constructor(store: Store) {
    this.#store = store;
  }

  get locks(): Pick<Locks, 'conflictWith' | 'isReadable' | 'isWritable'> {
    return this.#locks;
  }

  get prepared(): readonly Prepared[] {
    return [...this.#prepared.values()];
  }

  /** The vote that this shard has given and must stand by, if there is one. */
  vote(id: TransactionId): Vote | undefined {
    const prepared = this.#prepared.get(nameOf(id));
    return prepared === undefined ? undefined : this.#votePrepared(prepared.part);
  }

  prepare(id: TransactionId, open: readonly number[], part: Part): Vote {
    const given = this.vote(id);
    if (given !== undefined) return given;
    const gate = this.#gate(id.shard);
    if (!gate.admits(id.number)) return { kind: 'over' };
    gate.hear(id.number, open);
    if (this.#locks.conflictWith(part)) return { kind: 'busy' };
    this.#locks.acquire(part);
    this.#prepared.set(nameOf(id), { id, part });
    return this.#votePrepared(part);
  }

  /** The decision has come. A part that is not prepared never will be. */
  settle(id: TransactionId, open: readonly number[], isApplied: boolean): void {
    this.#gate(id.shard).close(id.number, open);
    const prepared = this.#prepared.get(nameOf(id));
    if (prepared === undefined) return;
    this.#prepared.delete(nameOf(id));
    this.#locks.release(prepared.part);
    if (!isApplied) return;
    for (const { key, value } of prepared.part.writes) this.#store.write({ op: 'put', key, value });
  }

  save(): StoredParticipant {
    return {
      prepared: this.prepared,
      gates: [...this.#gates].map(([coordinator, gate]) => [coordinator, gate.save()]),
    };
  }

  restore({ prepared, gates }: StoredParticipant): void {
    for (const one of prepared) {
      this.#prepared.set(nameOf(one.id), one);
      this.#locks.acquire(one.part);
    }
    for (const [coordinator, gate] of gates) this.#gates.set(coordinator, Gate.restored(gate));
  }

  /** What is read does not change while it is locked, so that the vote is always the same. */
  #votePrepared({ reads, writes }: Part): Vote {
    return {
      kind: 'prepared',
      entries: reads.map((key) => this.#store.get(key)),
      holds: writes.every(
        ({ key, version }) => version === undefined || version === this.#store.get(key).version,
      ),
    };
  }

  #gate(coordinator: number): Gate {
    const known = this.#gates.get(coordinator);
    if (known !== undefined) return known;
    const gate = new Gate();
    this.#gates.set(coordinator, gate);
    return gate;
  }
}

/** A name for maps. */
export function nameOf({ shard, number }: TransactionId): string {
  return `${shard}.${number}`;
}

import type { NodeId, StartResult } from '@lockstep/api';

/** A place in the log that a leader has given away. */
interface Place extends StartResult {
  readonly node: NodeId;
}

/**
 * Notices the heart of Raft's Figure 8, from outside: a server put a command at an index in one term,
 * another server put a different one at the same index in a later term, and then the first one leads
 * again, in a term later still. If its old entry is now replicated to a majority, counting replicas
 * would call it committed, though the other server could still be elected and overwrite it.
 */
export class Figure8Watch {
  /** Who put a command where, the earliest term first. */
  readonly #places = new Map<number, Place[]>();
  /** For each server, the latest term in which another one took over an index of its own. */
  readonly #replaced = new Map<NodeId, number>();

  /** Takes note of an accepted `start`; true when it shows the case. */
  started({ node, index, term }: Place): boolean {
    const replacedIn = this.#replaced.get(node);
    const isCase = replacedIn !== undefined && term > replacedIn;
    const earlier = this.#places.get(index) ?? [];
    for (const place of earlier) {
      if (place.node !== node && place.term < term) this.#replaced.set(place.node, term);
    }
    this.#places.set(index, [...earlier, { node, index, term }]);
    return isCase;
  }
}

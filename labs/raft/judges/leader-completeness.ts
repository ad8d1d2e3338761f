import type { NodeId } from '@lockstep/api';
import type { Judge, Moment, Violation } from '@lockstep/test-harness/suite';
import { show } from '../src/commands.ts';
import type { RaftSeen } from '../src/seen.ts';

/** Who applied an index while in the lowest term, so far. */
interface Witness {
  readonly node: NodeId;
  readonly term: number;
}

/**
 * Leader completeness (Raft, Figure 3), as far as it shows outside: if an entry was committed in a term,
 * it is in the logs of the leaders of all later terms; so a leader puts a new command behind it.
 *
 * A server in term s that has applied index j learnt of its commitment from a leader of a term up to s.
 * A leader of term s or later that accepts a command at index j or before lacks that entry, or is about
 * to overwrite it. And as leaders only append (Figure 3, leader append-only), one leadership hands out
 * indexes that grow, without a gap, since Raft adds no entries of its own: that is checked here, too.
 */
export function leaderCompleteness(): Judge<RaftSeen> {
  const committed: Witness[] = [];
  const sampled = new Map<NodeId, { readonly boot: number; readonly applied: number }>();
  const lastStart = new Map<
    NodeId,
    { readonly boot: number; readonly term: number; readonly index: number }
  >();

  function learn(seen: RaftSeen & { kind: 'status' }, { node = '', boot }: Moment): void {
    const before = sampled.get(node);
    const from = before?.boot === boot ? before.applied : 0;
    sampled.set(node, { boot, applied: seen.applied });
    for (let i = from; i < seen.applied; i++) {
      const known = committed[i];
      if (known === undefined || seen.term < known.term) committed[i] = { node, term: seen.term };
    }
  }

  function check(seen: RaftSeen & { kind: 'proposed' }, { node = '', boot }: Moment): Violation | undefined {
    const { index, term, command } = seen;
    const previous = lastStart.get(node);
    lastStart.set(node, { boot, term, index });
    for (let i = index - 1; i < committed.length; i++) {
      const witness = committed[i];
      if (witness === undefined || witness.term > term) continue;
      return violation(
        node,
        `${node}, leader of term ${term}, puts ${show(command)} at index ${index}, though ${witness.node} ` +
          `has applied index ${i + 1} already (in term ${witness.term}): the leader lacks committed entries`,
      );
    }
    if (previous?.boot !== boot || previous.term !== term || index === previous.index + 1) return undefined;
    const place = `${node}, leader of term ${term}, puts ${show(command)} at index ${index}`;
    if (index > previous.index) {
      const message = `${place} after index ${previous.index}, but Raft adds no entries of its own`;
      return violation(node, message, 'contract');
    }
    const message = `${place}, though it has given out index ${previous.index} before: a leader only appends`;
    return violation(node, message, 'leader append-only');
  }

  return {
    property: 'leader completeness',
    observe(seen, moment) {
      if (seen.kind === 'status') learn(seen, moment);
      return seen.kind === 'proposed' ? check(seen, moment) : undefined;
    },
  };
}

function violation(node: NodeId, message: string, property = 'leader completeness'): Violation {
  return { kind: 'safety', property, message, node };
}

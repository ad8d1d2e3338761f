import type { NodeId } from '@lockstep/api';
import type { Judge, Moment, Violation } from '@lockstep/test-harness/suite';
import type { RaftSeen } from '../src/seen.ts';

interface Known {
  readonly boot: number;
  /** The latest term that `status()` gave in this boot. */
  readonly term: number;
  /** The latest term of an entry or snapshot that was applied in this boot. */
  readonly applied: number;
  /** The latest term in which this server led, in any boot. */
  readonly led: number;
}

/**
 * Current terms increase monotonically (Raft §5.1), in three parts that can be seen from outside:
 *
 * - in one boot, a server's term never goes back;
 * - a server's term is at least the term of every entry that it has applied;
 * - after a restart, it is at least every term that the server has led, for a leader has answered for
 *   its term, which therefore is on its disk (Figure 2, persistent state). A term that it merely heard
 *   of may be forgotten in a crash, as long as it had not been made durable.
 */
export function termMonotonicity(): Judge<RaftSeen> {
  const nodes = new Map<NodeId, Known>();

  function at({ node, boot }: Moment): Known | undefined {
    if (node === undefined) return undefined;
    const known = nodes.get(node);
    if (known?.boot === boot) return known;
    return { boot, term: 0, applied: 0, led: known?.led ?? 0 };
  }

  function checkStatus(term: number, known: Known, node: NodeId): Violation | undefined {
    if (term < known.term) {
      return violation(node, `went back from term ${known.term} to term ${term}`);
    }
    if (term < known.applied) {
      return violation(node, `is in term ${term}, and has applied an entry of term ${known.applied}`);
    }
    if (term < known.led) {
      return violation(
        node,
        `is in term ${term} after its restart, though it has led term ${known.led}: currentTerm was not on its disk`,
      );
    }
    return undefined;
  }

  return {
    property: 'term monotonicity',
    observe(seen, moment) {
      const known = at(moment);
      if (known === undefined || moment.node === undefined) return undefined;
      switch (seen.kind) {
        case 'status':
          nodes.set(moment.node, {
            ...known,
            term: seen.term,
            led: Math.max(known.led, seen.isLeader ? seen.term : 0),
          });
          return checkStatus(seen.term, known, moment.node);
        case 'became-leader':
        case 'proposed':
          nodes.set(moment.node, { ...known, led: Math.max(known.led, seen.term) });
          return undefined;
        case 'applied':
        case 'restored':
          nodes.set(moment.node, { ...known, applied: Math.max(known.applied, seen.term) });
          return undefined;
        default:
          return undefined;
      }
    },
  };
}

function violation(node: NodeId, what: string): Violation {
  const message = `${node} ${what}; a server's term only ever increases`;
  return { kind: 'safety', property: 'term monotonicity', message, node };
}

import type { NodeId } from '@lockstep/api';
import type { Judge, Moment, Violation } from '@lockstep/test-harness/suite';
import type { RaftSeen } from '../src/seen.ts';

/**
 * Election safety (Raft, Figure 3): at most one leader can be elected in a given term.
 *
 * A server claims a term when `status()` says that it leads, when it calls `onLeader`, or when `start`
 * accepts a command. The same server after a restart counts as another leader: its votes of that term
 * were for the incarnation that died, and its log may have changed since.
 */
export function electionSafety(): Judge<RaftSeen> {
  const leaders = new Map<number, { readonly node: NodeId; readonly boot: number; readonly atMs: number }>();

  function claim(term: number, { node, boot, atMs }: Moment): Violation | undefined {
    if (node === undefined) return undefined;
    const first = leaders.get(term);
    if (first === undefined) {
      leaders.set(term, { node, boot, atMs });
      return undefined;
    }
    if (first.node === node && first.boot === boot) return undefined;
    const rule =
      'a term has at most one leader, so nobody may vote twice in a term, not even after a restart';
    const message =
      first.node === node
        ? `${node} leads term ${term} again after a restart; it already led it at ${showMs(first.atMs)}: ${rule}`
        : `${node} claims to lead term ${term}, which ${first.node} has led since ${showMs(first.atMs)}: ${rule}`;
    return { kind: 'safety', property: 'election safety', message, node };
  }

  return {
    property: 'election safety',
    observe(seen, moment) {
      switch (seen.kind) {
        case 'status':
          return seen.isLeader ? claim(seen.term, moment) : undefined;
        case 'became-leader':
        case 'proposed':
          return claim(seen.term, moment);
        default:
          return undefined;
      }
    },
  };
}

/** A virtual time, for a message. */
export function showMs(atMs: number): string {
  return `${Math.round(atMs * 10) / 10} ms`;
}

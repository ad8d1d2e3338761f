import type { NodeId } from '@lockstep/api';
import type { Judge, Violation } from '@lockstep/test-harness/suite';
import { show } from '../src/commands.ts';
import type { RaftSeen } from '../src/seen.ts';

/**
 * What the Raft contract says about the shape of answers and about a server's own words: indexes and
 * terms are integers; `apply` gets one message at a time; a server that accepts a command says that it
 * leads that very term; it names no other server as leader meanwhile; and `onLeader` comes once a term.
 */
export function contract(): Judge<RaftSeen> {
  const led = new Map<NodeId, { readonly boot: number; readonly terms: Set<number> }>();

  function becameLeader(term: number, node: NodeId, boot: number): Violation | undefined {
    const known = led.get(node);
    const terms = known?.boot === boot ? known.terms : new Set<number>();
    if (terms.has(term))
      return violation(node, `${node} calls onLeader(${term}) twice; it comes once for each term won`);
    terms.add(term);
    led.set(node, { boot, terms });
    return undefined;
  }

  return {
    property: 'contract',
    observe(seen, { node = '', boot }) {
      switch (seen.kind) {
        case 'misused':
          return violation(node, `${node}: ${seen.what}`);
        case 'became-leader':
          return becameLeader(seen.term, node, boot);
        case 'proposed': {
          const { command, term, status } = seen;
          if (status.isLeader && status.term === term) return undefined;
          const said = status.isLeader
            ? `it leads term ${status.term}`
            : `it leads nobody in term ${status.term}`;
          return violation(
            node,
            `${node} accepts ${show(command)} in term ${term}, but its status() says that ${said}`,
          );
        }
        case 'status':
          if (!seen.isLeader || seen.leaderHint === undefined || seen.leaderHint === node) return undefined;
          return violation(
            node,
            `${node} says that it leads term ${seen.term}, and that ${seen.leaderHint} does`,
          );
        default:
          return undefined;
      }
    },
  };
}

function violation(node: NodeId, message: string): Violation {
  return { kind: 'safety', property: 'contract', message, node };
}

import type { NodeId } from '@lockstep/api';
import type { Judge, Violation } from '@lockstep/test-harness/suite';
import type { RaftSeen } from '../src/seen.ts';

interface Progress {
  readonly boot: number;
  readonly index: number;
  readonly term: number;
}

/**
 * Entries are applied in log order, each exactly once per boot (Raft §5.3): after index i comes i + 1. A
 * snapshot restarts the sequence after its last included index and never takes the service back (§7).
 * Terms along the log never decrease, for leaders only append entries of their own term.
 */
export function applyOrder(): Judge<RaftSeen> {
  const nodes = new Map<NodeId, Progress>();

  function check(seen: RaftSeen & { kind: 'applied' | 'restored' }, last: Progress, node: NodeId) {
    if (seen.kind === 'restored') return checkRestored(seen.index, last, node);
    if (seen.index <= last.index) {
      const times = seen.index === last.index ? 'twice' : `again, after index ${last.index}`;
      return violation(
        node,
        `${node} applies index ${seen.index} ${times}; each entry is applied once, in log order`,
      );
    }
    if (seen.index > last.index + 1) {
      const before = last.index === 0 ? 'as its first entry' : `right after index ${last.index}`;
      return violation(
        node,
        `${node} applies index ${seen.index} ${before}; index ${last.index + 1} has to come next`,
      );
    }
    if (seen.term < last.term) {
      return violation(
        node,
        `${node} applies an entry of term ${seen.term} at index ${seen.index}, after one of term ${last.term}; ` +
          'terms never decrease along a log',
      );
    }
    return undefined;
  }

  return {
    property: 'apply order',
    observe(seen, { node, boot }) {
      if (node === undefined || (seen.kind !== 'applied' && seen.kind !== 'restored')) return undefined;
      const known = nodes.get(node);
      const last = known?.boot === boot ? known : { boot, index: 0, term: 0 };
      nodes.set(node, { boot, index: seen.index, term: seen.term });
      return check(seen, last, node);
    },
  };
}

function checkRestored(index: number, last: Progress, node: NodeId): Violation | undefined {
  if (index >= last.index) return undefined;
  return violation(
    node,
    `${node} restores a snapshot up to index ${index}, though it has applied index ${last.index}: the state goes back`,
  );
}

function violation(node: NodeId, message: string): Violation {
  return { kind: 'safety', property: 'apply order', message, node };
}

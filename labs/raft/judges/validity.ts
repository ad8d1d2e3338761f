import type { NodeId } from '@lockstep/api';
import type { Judge, Moment, Violation, WorldView } from '@lockstep/test-harness/suite';
import { show } from '../src/commands.ts';
import type { Command } from '../src/commands.ts';
import type { RaftSeen } from '../src/seen.ts';

interface Proposal {
  readonly node: NodeId;
  readonly atMs: number;
  /** Unknown while the call has not returned, and for ever if the server died in it. */
  readonly answer: { readonly index: number; readonly term: number } | 'not the leader' | undefined;
}

/** The least time that a message takes on any network of ours, in ms; see `MessageFate`. */
const HOP_MS = 0.05;

/**
 * Only commands that were proposed are applied (Raft §5.3): at the place that `start` answered, never
 * when `start` refused them, and never before a message could have carried them. An entry is committed
 * once a majority has stored it, so the server that took it has to wait for an answer at least; any
 * other server has to hear of it first.
 */
export function validity(world: Pick<WorldView, 'servers'>): Judge<RaftSeen> {
  const proposals = new Map<Command, Proposal>();
  const needsAnswer = world.servers.length > 1;

  function check(seen: RaftSeen & { kind: 'applied' }, { node = '', atMs }: Moment): Violation | undefined {
    const { command, index, term } = seen;
    const what = `${node} applies ${show(command)} at index ${index}`;
    const proposal = proposals.get(command);
    if (proposal === undefined)
      return violation(node, `${what}, which nobody has proposed; Raft adds no entries of its own`);
    const { answer } = proposal;
    if (answer === 'not the leader') {
      return violation(node, `${what}, though start() on ${proposal.node} said that it was not the leader`);
    }
    if (answer !== undefined && (answer.index !== index || answer.term !== term)) {
      const place = `index ${answer.index} in term ${answer.term}`;
      return violation(node, `${what} (term ${term}), but start() on ${proposal.node} had answered ${place}`);
    }
    const hops = !needsAnswer ? 0 : proposal.node === node ? 2 : 1;
    // Times are whole microseconds; half of one covers the error of the subtraction.
    if (atMs - proposal.atMs > hops * HOP_MS - 0.0005) return undefined;
    const tooEarly =
      hops === 2 ? 'before any other server could have stored it' : 'before it could have heard of it';
    return violation(node, `${what} ${tooEarly}: ${proposal.node} took it only just now`);
  }

  return {
    property: 'validity',
    observe(seen, moment) {
      const { node = '', atMs } = moment;
      switch (seen.kind) {
        case 'offered':
          proposals.set(seen.command, { node, atMs, answer: undefined });
          return undefined;
        case 'refused':
          proposals.set(seen.command, { node, atMs, answer: 'not the leader' });
          return undefined;
        case 'proposed':
          proposals.set(seen.command, { node, atMs, answer: { index: seen.index, term: seen.term } });
          return undefined;
        case 'applied':
          return check(seen, moment);
        default:
          return undefined;
      }
    },
  };
}

function violation(node: NodeId, message: string): Violation {
  return { kind: 'safety', property: 'validity', message, node };
}

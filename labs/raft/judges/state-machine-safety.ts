import type { NodeId } from '@lockstep/api';
import type { Judge, Moment, Violation } from '@lockstep/test-harness/suite';
import { show } from '../src/commands.ts';
import type { Command } from '../src/commands.ts';
import type { RaftSeen } from '../src/seen.ts';
import { showMs } from './election-safety.ts';

interface Entry {
  readonly command: Command;
  readonly term: number;
  readonly node: NodeId;
  readonly boot: number;
  readonly atMs: number;
}

/**
 * State machine safety (Raft, Figure 3): if a server has applied a log entry at a given index, no other
 * server will ever apply a different log entry for the same index. "Ever" includes the time after every
 * server has restarted: what was applied once is committed, and committed entries are durable (§5.4).
 * A snapshot stands for the entries that it replaces, so it is held against them too (§7).
 */
export function stateMachineSafety(): Judge<RaftSeen> {
  const log: Entry[] = [];
  const boots = new Map<NodeId, number>();

  function checkEntry(index: number, term: number, command: Command, moment: Moment): Violation | undefined {
    const { node = '', boot, atMs } = moment;
    const first = log[index - 1];
    if (first === undefined) {
      log[index - 1] = { command, term, node, boot, atMs };
      return undefined;
    }
    const before = `${first.node} applied ${show(first.command)} there at ${showMs(first.atMs)}`;
    if (first.command !== command) {
      return violation(
        node,
        `${node} applies ${show(command)} at index ${index}, but ${before}${since(first, boots)}`,
      );
    }
    if (first.term !== term) {
      return violation(
        node,
        `${node} applies ${show(command)} at index ${index} as an entry of term ${term}, ` +
          `but ${before} as one of term ${first.term}; an entry keeps the term in which a leader created it`,
      );
    }
    return undefined;
  }

  function checkSnapshot(seen: RaftSeen & { kind: 'restored' }, node: NodeId): Violation | undefined {
    const { index, term, data } = seen;
    const what = `${node} restores a snapshot for index ${index}`;
    if (data.lastIncludedIndex !== index || data.commands.length !== index) {
      return violation(node, `${what} that the service made for index ${data.lastIncludedIndex}`);
    }
    for (const [i, command] of data.commands.entries()) {
      const entry = log[i];
      if (entry === undefined) return violation(node, `${what}, but nobody has applied index ${i + 1} yet`);
      if (entry.command === command) continue;
      const has = `${show(command)} at index ${i + 1}, where ${entry.node} applied ${show(entry.command)}`;
      return violation(node, `${what} with ${has}${since(entry, boots)}`);
    }
    const last = log[index - 1];
    if (last === undefined || last.term === term) return undefined;
    return violation(node, `${what} as of term ${term}, but the entry at that index is of term ${last.term}`);
  }

  return {
    property: 'state machine safety',
    observe(seen, moment) {
      if (moment.node !== undefined) boots.set(moment.node, moment.boot);
      if (seen.kind === 'applied') return checkEntry(seen.index, seen.term, seen.command, moment);
      if (seen.kind === 'restored') return checkSnapshot(seen, moment.node ?? '');
      return undefined;
    },
  };
}

/** Says that the first one to apply the entry has restarted meanwhile: the entry may have been lost with its memory. */
function since({ node, boot }: Entry, boots: ReadonlyMap<NodeId, number>): string {
  return (boots.get(node) ?? boot) > boot ? ` (and has restarted since): a committed entry was lost` : '';
}

function violation(node: NodeId, message: string): Violation {
  return { kind: 'safety', property: 'state machine safety', message, node };
}

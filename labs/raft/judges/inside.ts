import type { NodeId } from '@lockstep/api';
import type { Judge, Moment, Violation } from '@lockstep/test-harness/suite';
import { show } from '../src/commands.ts';
import type { Command } from '../src/commands.ts';
import type { Inspected, RaftSeen } from '../src/seen.ts';

/*
 * Judges that look inside, through inspect(). They are advisory: they say which invariant broke first, which is
 * often long before the service can see it, but no verdict depends on them.
 */

/** Log matching (Raft, Figure 3): logs that hold an entry with the same index and term are identical up to it. */
export function logMatching(): Judge<RaftSeen> {
  const entries = new Map<
    string,
    { readonly command: Command; readonly previous: number; readonly node: NodeId }
  >();
  const logs = new Map<NodeId, Map<number, number>>();

  return advisory('log matching', (seen, node) => {
    const terms = termsAfter(logs.get(node), seen);
    logs.set(node, terms);
    for (const { index, term, command } of seen.entries) {
      const previous = terms.get(index - 1) ?? 0;
      const key = `${index}/${term}`;
      const known = entries.get(key);
      if (known === undefined) entries.set(key, { command, previous, node });
      else if (known.command !== command) {
        const theirs = `${known.node} ${show(known.command)}`;
        return `${node} holds ${show(command)} and ${theirs} at index ${index}, both of term ${term}`;
      } else if (known.previous !== previous) {
        return (
          `${node} and ${known.node} hold the same entry at index ${index} (term ${term}), ` +
          `but before it entries of terms ${previous} and ${known.previous}`
        );
      }
    }
    return undefined;
  });
}

/** Leader completeness (Raft, Figure 3): the log of a new leader holds every entry committed in earlier terms. */
export function logCompleteness(): Judge<RaftSeen> {
  const logs = new Map<NodeId, Map<number, number>>();
  const roles = new Map<NodeId, string>();
  const committed = new Map<
    number,
    { readonly term: number; readonly by: NodeId; readonly inTerm: number }
  >();

  return advisory('leader completeness', (seen, node) => {
    const terms = termsAfter(logs.get(node), seen);
    logs.set(node, terms);
    const role = `${seen.role} ${seen.currentTerm}`;
    const isNewLeader = seen.role === 'leader' && roles.get(node) !== role;
    roles.set(node, role);
    if (isNewLeader) {
      for (const [index, { term, by, inTerm }] of committed) {
        if (inTerm >= seen.currentTerm || index <= seen.lastIncludedIndex || terms.get(index) === term)
          continue;
        const entry = `the entry at index ${index} (term ${term})`;
        return `${node} leads term ${seen.currentTerm} without ${entry} that ${by} knows as committed`;
      }
    }
    for (let index = seen.commitIndex; index > seen.lastIncludedIndex && !committed.has(index); index--) {
      const term = terms.get(index);
      if (term !== undefined) committed.set(index, { term, by: node, inTerm: seen.currentTerm });
    }
    return undefined;
  });
}

/** A server votes once a term, commits forwards only, and never commits what it does not hold (Raft, Figure 2). */
export function ownState(): Judge<RaftSeen> {
  const before = new Map<NodeId, { readonly seen: Inspected; readonly boot: number }>();

  return advisory('persistent state', (seen, node, { boot }) => {
    const known = before.get(node);
    before.set(node, { seen, boot });
    if (seen.commitIndex > seen.lastIndex) {
      return `${node} has committed up to index ${seen.commitIndex}, and its log ends at ${seen.lastIndex}`;
    }
    if (known === undefined) return undefined;
    const { seen: old } = known;
    const isSameTerm = old.currentTerm === seen.currentTerm;
    if (isSameTerm && old.votedFor !== undefined && old.votedFor !== seen.votedFor && known.boot === boot) {
      return `${node} voted for ${old.votedFor} in term ${seen.currentTerm}, and now for ${seen.votedFor ?? 'nobody'}`;
    }
    if (known.boot === boot && seen.commitIndex < old.commitIndex) {
      return `the commit index of ${node} went back from ${old.commitIndex} to ${seen.commitIndex}`;
    }
    return undefined;
  });
}

/** The terms of a log by index, once `seen` has changed it. */
function termsAfter(before: ReadonlyMap<number, number> | undefined, seen: Inspected): Map<number, number> {
  const terms = new Map([[seen.lastIncludedIndex, seen.lastIncludedTerm]]);
  for (const [index, term] of before ?? []) {
    if (index > seen.lastIncludedIndex && index <= seen.lastIndex) terms.set(index, term);
  }
  for (const { index, term } of seen.entries) terms.set(index, term);
  return terms;
}

function advisory(
  property: string,
  check: (seen: Inspected, node: NodeId, moment: Moment) => string | undefined,
): Judge<RaftSeen> {
  return {
    property,
    advisory: true,
    observe(seen, moment): Violation | undefined {
      const { node } = moment;
      if (seen.kind !== 'inspected' || node === undefined) return undefined;
      const message = check(seen, node, moment);
      return message === undefined ? undefined : { kind: 'safety', property, message, node };
    },
  };
}

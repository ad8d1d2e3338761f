import type { NodeId } from '@lockstep/api';
import type {
  AppendEntriesArgs,
  AppendEntriesReply,
  InstallSnapshotArgs,
  InstallSnapshotReply,
  RaftRpc,
  RequestVoteArgs,
  RequestVoteReply,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import { grantsVote } from './rules.ts';

/** What a message does to the server that receives it, beyond its persistent state. */
export interface ReceiverEvents {
  readonly commitIndex: number;
  /** Whether no vote may be given now, since a leader may hold a lease. */
  readonly isVoteBarred: boolean;
  /** Somebody is in `term`; if that is later than this server's, it enters it as a follower. */
  termSeen(term: number): void;
  /** `leaderId` leads `term`, which is this server's or a later one. */
  leaderHeard(leaderId: NodeId, term: number): void;
  /** This server has given its vote. */
  voteGiven(): void;
  /** Entries up to `index` are committed. */
  committed(index: number): void;
}

/**
 * The receivers of Raft's RPCs (Raft Figure 2 and Figure 13, "Receiver implementation"). An answer is a promise, so
 * everything that it relies on is durable before it is given (Figure 2, "Persistent state"). While the disk is awaited,
 * other messages come in.
 */
export class Receivers implements RaftRpc {
  readonly #node: RaftNode;
  readonly #events: ReceiverEvents;

  constructor(node: RaftNode, events: ReceiverEvents) {
    this.#node = node;
    this.#events = events;
  }

  /** Raft §5.2, §5.4.1. */
  async requestVote(args: RequestVoteArgs): Promise<RequestVoteReply> {
    const { state, storage } = this.#node;
    if (this.#events.isVoteBarred) return { term: state.currentTerm, voteGranted: false };
    this.#events.termSeen(args.term);
    const voteGranted = grantsVote(state, args);
    if (voteGranted && state.votedFor === undefined) {
      state.voteFor(args.candidateId);
      // For the vote alone: a candidate that hears no answer, and repeats itself, must not hold up the others.
      this.#events.voteGiven();
    }
    const reply = { term: state.currentTerm, voteGranted };
    await storage.persisted();
    return reply;
  }

  /** Raft §5.3. */
  async appendEntries(args: AppendEntriesArgs): Promise<AppendEntriesReply> {
    const { state, storage } = this.#node;
    const { term, prevLogIndex, prevLogTerm, entries, leaderCommit } = args;
    if (term < state.currentTerm) return this.#refuseTerm();
    this.#events.leaderHeard(args.leaderId, term);
    if (!state.log.matches(prevLogIndex, prevLogTerm)) {
      const conflict = state.log.conflictAt(prevLogIndex);
      await storage.persisted();
      return { term, success: false, conflict };
    }
    state.merge(prevLogIndex, entries);
    // What lies beyond the message's last entry may come from another leader, and need not be what this one committed.
    this.#events.committed(Math.min(leaderCommit, prevLogIndex + entries.length));
    await storage.persisted();
    // An acknowledgement is worth something only in the term in which the entries were taken.
    if (term !== state.currentTerm) return this.#refuseTerm();
    return { term, success: true };
  }

  /** Raft §7. The whole snapshot comes in one message. */
  async installSnapshot(args: InstallSnapshotArgs): Promise<InstallSnapshotReply> {
    const { host, state, storage } = this.#node;
    const { term, leaderId, lastIncludedIndex, lastIncludedTerm, data } = args;
    if (term < state.currentTerm) return this.#refuseTerm();
    this.#events.leaderHeard(leaderId, term);
    // What is committed here has been applied, or is about to be: an older snapshot would take the service back.
    if (lastIncludedIndex > this.#events.commitIndex) {
      host.log.info(`installs the snapshot of ${leaderId} up to ${lastIncludedIndex}`);
      state.install({ lastIncludedIndex, lastIncludedTerm, data });
      this.#events.committed(lastIncludedIndex);
    }
    await storage.persisted();
    return { term: state.currentTerm };
  }

  /** Raft §5.1: to a sender that a later term has left behind. */
  async #refuseTerm(): Promise<{ term: number; success: false }> {
    await this.#node.storage.persisted();
    return { term: this.#node.state.currentTerm, success: false };
  }
}

import type { Client, NodeId, Timer } from '@lockstep/api';
import type { RaftRpc } from './messages.ts';
import { clusterSize, replyOf } from './node.ts';
import type { RaftNode } from './node.ts';
import { majorityOf } from './rules.ts';
import { every, HEARTBEAT_MS, VOTE_TIMEOUT_MS } from './timing.ts';

/** What a candidacy can lead to. */
export interface CandidacyEvents {
  /** The requests go out: from now on the candidate waits for votes. */
  polling(): void;
  won(): void;
  /** A server answered from this later term. */
  termSeen(term: number): void;
}

/**
 * One server's candidacy in one term (Raft §5.2). A later term is another candidacy, with an object of its own; so an
 * answer that comes after the end of this one finds it over, and counts for nothing.
 */
export class Candidacy {
  readonly kind = 'candidate';
  readonly #node: RaftNode;
  readonly #term: number;
  readonly #events: CandidacyEvents;
  readonly #votes = new Set<NodeId>();
  readonly #answered = new Set<NodeId>();
  #repetition: Timer | undefined;
  #isOver = false;

  /** The node is in its new term, and has voted for itself. */
  constructor(node: RaftNode, events: CandidacyEvents) {
    this.#node = node;
    this.#term = node.state.currentTerm;
    this.#events = events;
  }

  /** Asks for votes, once the own one is durable: after a crash this server must not give it to another. */
  async run(): Promise<void> {
    await this.#node.storage.persisted();
    if (this.#isOver) return;
    this.#events.polling();
    this.#count(this.#node.host.id);
    if (this.#isOver) return;
    this.#ask();
    this.#repetition = every(this.#node.host.clock, HEARTBEAT_MS, () => this.#ask());
  }

  /** Nothing that comes in counts any more. */
  end(): void {
    this.#isOver = true;
    this.#repetition?.cancel();
  }

  /** Requests go to all in parallel, and again to those who have not answered (Raft §5.1, end). */
  #ask(): void {
    for (const [peer, client] of this.#node.peers) {
      if (!this.#answered.has(peer)) void this.#request(peer, client);
    }
  }

  async #request(peer: NodeId, client: Client<RaftRpc>): Promise<void> {
    const { host, state } = this.#node;
    const args = {
      term: this.#term,
      candidateId: host.id,
      lastLogIndex: state.log.lastIndex,
      lastLogTerm: state.log.lastTerm,
    };
    const reply = await replyOf(client.requestVote(args, { timeoutMs: VOTE_TIMEOUT_MS }));
    // While it was awaited, this candidacy may have been won or lost: votes of an old term elect nobody.
    if (this.#isOver || reply === undefined) return;
    if (reply.term > this.#term) return this.#events.termSeen(reply.term);
    this.#answered.add(peer);
    if (reply.voteGranted) this.#count(peer);
  }

  /** Votes are counted by voter, for an answer may come twice; a majority of all servers decides. */
  #count(voter: NodeId): void {
    this.#votes.add(voter);
    if (this.#votes.size >= majorityOf(clusterSize(this.#node))) this.#events.won();
  }
}

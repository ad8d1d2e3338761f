import { encode } from '@lockstep/api';
import type { ApplyMessage, Host, NodeId, Raft, StartRaft } from '@lockstep/api';

import { Watch } from './watch.ts';

/** What is replicated: a deterministic machine whose whole state can be saved as plain data. */
export interface StateMachine<Command, Result> {
  apply(command: Command): Result;
  save(): unknown;
  restore(data: unknown): void;
}

/** What Raft keeps of an entry beside its command, roughly. */
const ENTRY_OVERHEAD_BYTES = 24;
/** Proposals that are not applied yet may take so many times `maxLogBytes`; what comes then has to wait. */
const BACKLOG_FACTOR = 3;
/** A leader that is cut off may never hear that it was deposed; nobody should wait for it much longer than this. */
const PROPOSAL_TIMEOUT_MS = 1500;
/** How often waiting proposals look whether this server still leads. */
const LEADERSHIP_CHECK_MS = 50;

/** A proposal of this server, until the entry at its index is applied. */
interface Proposal<Result> {
  readonly term: number;
  readonly bytes: number;
  readonly settle: (result: Result | undefined) => void;
}

/** A state machine on Raft: takes proposals on the leader, applies entries on every server, and compacts the log. */
export class Replica<Command, Result> {
  /** For those who wait for a change of the machine's state. */
  readonly watch: Watch;
  /** Called after every change of the machine's state. */
  onApplied: () => void = () => undefined;
  readonly #host: Host;
  readonly #machine: StateMachine<Command, Result>;
  readonly #maxLogBytes: number | undefined;
  readonly #proposals = new Map<number, Proposal<Result>>();
  #raft: Raft | undefined;
  #lastApplied = 0;
  /** Bytes of the entries that were applied since the last snapshot. */
  #logBytes = 0;
  #isChecking = false;

  constructor(host: Host, machine: StateMachine<Command, Result>, maxLogBytes: number | undefined) {
    this.watch = new Watch(host.clock);
    this.#host = host;
    this.#machine = machine;
    this.#maxLogBytes = maxLogBytes;
  }

  /** Starts Raft. A new leader begins with an empty entry: only then are entries of earlier terms committed. */
  async start(startRaft: StartRaft): Promise<void> {
    const raft = await startRaft((message) => this.#take(message), {
      onLeader: () => this.#raft?.start(null),
    });
    this.#raft = raft;
    if (raft.status().isLeader) raft.start(null);
    this.#compact();
  }

  get isLeader(): boolean {
    return this.#raft?.status().isLeader ?? false;
  }

  get leaderHint(): NodeId | undefined {
    return this.#raft?.status().leaderHint;
  }

  /**
   * Proposes a command; resolves with what the machine answered when it was applied. `undefined`: this server does not
   * lead, or cannot tell what became of the command. It may still be carried out, so that commands have to bear being
   * proposed again.
   */
  propose(command: Command): Promise<Result | undefined> {
    const bytes = this.#maxLogBytes === undefined ? 0 : encode(command).length + ENTRY_OVERHEAD_BYTES;
    if (!this.#hasRoom(bytes)) return Promise.resolve(undefined);
    const started = this.#raft?.start(command);
    if (started === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = this.#host.clock.after(PROPOSAL_TIMEOUT_MS, () => resolve(undefined));
      const settle = (result: Result | undefined): void => {
        timer.cancel();
        resolve(result);
      };
      this.#proposals.get(started.index)?.settle(undefined);
      this.#proposals.set(started.index, { term: started.term, bytes, settle });
      this.#checkLeadership();
    });
  }

  /** A leader that commits nothing must not fill its disk with the attempts of patient clients. */
  #hasRoom(bytes: number): boolean {
    if (this.#maxLogBytes === undefined || this.#proposals.size === 0) return true;
    let backlog = bytes;
    for (const proposal of this.#proposals.values()) backlog += proposal.bytes;
    return backlog <= BACKLOG_FACTOR * this.#maxLogBytes;
  }

  /** While anybody waits: proposals of a term that this server does not lead any more get their answer. */
  #checkLeadership(): void {
    if (this.#isChecking || this.#proposals.size === 0) return;
    this.#isChecking = true;
    this.#host.clock.after(LEADERSHIP_CHECK_MS, () => {
      this.#isChecking = false;
      const status = this.#raft?.status();
      for (const [index, proposal] of this.#proposals) {
        if (status?.isLeader === true && status.term === proposal.term) continue;
        this.#proposals.delete(index);
        proposal.settle(undefined);
      }
      this.#checkLeadership();
    });
  }

  #take(message: ApplyMessage): void {
    this.#lastApplied = message.index;
    if (message.kind === 'snapshot') {
      this.#machine.restore(message.data);
      this.#logBytes = 0;
      for (const [index, proposal] of this.#proposals) {
        if (index > message.index) continue;
        this.#proposals.delete(index);
        proposal.settle(undefined);
      }
    } else {
      const result = this.#carryOut(message.command);
      if (this.#maxLogBytes !== undefined) {
        this.#logBytes += encode(message.command).length + ENTRY_OVERHEAD_BYTES;
      }
      const proposal = this.#proposals.get(message.index);
      this.#proposals.delete(message.index);
      // Index and term together name an entry: with another term, ours was lost.
      proposal?.settle(proposal.term === message.term ? result : undefined);
    }
    this.#compact();
    this.watch.poke();
    this.onApplied();
  }

  #carryOut(command: unknown): Result | undefined {
    return command === null ? undefined : this.#machine.apply(command as Command);
  }

  #compact(): void {
    if (this.#raft === undefined || this.#maxLogBytes === undefined) return;
    if (this.#logBytes < this.#maxLogBytes) return;
    this.#raft.snapshot(this.#lastApplied, this.#machine.save());
    this.#logBytes = 0;
  }
}

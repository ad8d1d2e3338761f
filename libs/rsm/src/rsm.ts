import type { ApplyMessage, Clock, NodeId, Raft, StartRaft } from '@lockstep/api';
import { NO_OP } from './entry.ts';
import type { Entry } from './entry.ts';
import { LogSize } from './log-size.ts';
import { AppliedIndex } from './progress.ts';
import type { Answered, StateMachine, Submitted } from './state-machine.ts';
import { Waiters } from './waiters.ts';

/**
 * How often a server looks whether it still leads, while somebody waits. Raft does not say so by itself; and a deposed
 * leader that is cut off may never see what becomes of the entries that it took.
 */
const WATCH_MS = 20;

/** How the reads of {@link ReplicatedStateMachine.read} are made linearizable. */
export type ReadMode = 'log' | 'index' | 'lease';

/** Settings of a replicated state machine. */
export interface RsmOptions {
  /** Raft gets a snapshot when its log takes about so many bytes. Default: never. */
  readonly maxLogBytes?: number;
  /** Default: `log`. */
  readonly reads?: ReadMode;
  /** See `RaftOptions`; leases need it. */
  readonly clockDriftBound?: number;
  /** This server has been elected. */
  readonly onLeader?: (term: number) => void;
}

/** What it needs of its server. */
export interface RsmDeps {
  readonly clock: Clock;
  readonly raft: StartRaft;
}

/**
 * A state machine on several servers that act as one (Schneider 1990; Raft §2): commands go through Raft's log, and
 * whoever has submitted one is told what came of it.
 */
export class ReplicatedStateMachine<Command, Result> {
  readonly #clock: Clock;
  readonly #machine: StateMachine<Command, Result>;
  readonly #reads: ReadMode;
  readonly #waiters = new Waiters<Result | undefined>();
  readonly #applied = new AppliedIndex();
  readonly #logSize: LogSize;
  #raft: Raft | undefined;
  #isWatching = false;

  private constructor(clock: Clock, machine: StateMachine<Command, Result>, options: RsmOptions) {
    this.#clock = clock;
    this.#machine = machine;
    this.#reads = options.reads ?? 'log';
    this.#logSize = new LogSize(options.maxLogBytes ?? Infinity);
  }

  /** Starts this server's Raft, and feeds `machine` from it. Nobody else may change the machine's state. */
  static async start<Command, Result>(
    { clock, raft }: RsmDeps,
    machine: StateMachine<Command, Result>,
    options: RsmOptions = {},
  ): Promise<ReplicatedStateMachine<Command, Result>> {
    const rsm = new ReplicatedStateMachine(clock, machine, options);
    const { clockDriftBound } = options;
    rsm.#raft = await raft((message) => rsm.#apply(message), {
      onLeader: (term) => {
        // At the next turn: the first election may come before the promise of Raft itself.
        void Promise.resolve().then(() => rsm.#raft?.start(NO_OP));
        options.onLeader?.(term);
      },
      ...(clockDriftBound === undefined ? {} : { clockDriftBound }),
    });
    return rsm;
  }

  /** The index up to which the machine has got commands. */
  get appliedIndex(): number {
    return this.#applied.value;
  }

  get isLeader(): boolean {
    return this.#raft?.status().isLeader === true;
  }

  /** Who is thought to lead. */
  get leaderHint(): NodeId | undefined {
    return this.#raft?.status().leaderHint;
  }

  /** Has the command applied on all servers, if this one leads. Always ends, when leadership is lost at the latest. */
  async submit(command: Command): Promise<Submitted<Result>> {
    const outcome = await this.#start([command]);
    // Only the no-op has no result.
    return outcome as Submitted<Result>;
  }

  /**
   * Asks the machine here, at a moment between the call and its end, when it has seen every command whose submission
   * ended before the call. `query` may not change it.
   */
  async read<Value>(query: () => Value): Promise<Answered<Value>> {
    const index = await this.#readIndex();
    if (index === undefined) return { kind: 'not-leader' };
    await this.#applied.reaches(index);
    return { kind: 'answered', value: query() };
  }

  /** Up to where a read that begins now must have seen the log; `undefined` where nobody can tell. */
  async #readIndex(): Promise<number | undefined> {
    const raft = this.#raft;
    if (this.#reads === 'log' || raft?.readIndex === undefined) return this.#indexOfNoOp();
    const leased = this.#reads === 'lease' ? raft.leaseReadIndex?.() : undefined;
    if (leased !== undefined) return leased;
    try {
      return await raft.readIndex();
    } catch {
      return undefined;
    }
  }

  /** A place in the log that is certainly behind everything that was committed when the read began. */
  async #indexOfNoOp(): Promise<number | undefined> {
    const outcome = await this.#start(NO_OP);
    return outcome.kind === 'applied' ? this.#applied.value : undefined;
  }

  async #start(entry: Entry<Command>): Promise<Submitted<Result | undefined>> {
    const started = this.#raft?.start(entry);
    if (started === undefined) return { kind: 'not-leader' };
    const outcome = this.#waiters.wait(started);
    if (!this.#isWatching) void this.#watch();
    return outcome;
  }

  /** Wakes those whose commands nobody cares for any more. */
  async #watch(): Promise<void> {
    this.#isWatching = true;
    while (!this.#waiters.isEmpty) {
      await this.#clock.sleep(WATCH_MS);
      const status = this.#raft?.status();
      this.#waiters.onlyInTerm(status?.isLeader === true ? status.term : undefined);
    }
    this.#isWatching = false;
  }

  #apply(message: ApplyMessage): void {
    const { index, term } = message;
    if (message.kind === 'snapshot') {
      this.#machine.restore(message.data);
      this.#logSize.compacted();
      this.#waiters.skipped(index);
    } else {
      const entry = message.command as Entry<Command>;
      const result = entry.length === 0 ? undefined : this.#machine.apply(entry[0]);
      this.#logSize.add(entry);
      this.#waiters.applied(index, term, result);
      if (this.#logSize.isTooLarge) this.#compact(index);
    }
    this.#applied.advanceTo(index);
  }

  /** Raft §7. The machine is between two commands, so its state is that of the log up to `index`. */
  #compact(index: number): void {
    // Entries may come up before Raft itself does; the next one will ask again.
    if (this.#raft === undefined) return;
    this.#raft.snapshot(index, this.#machine.snapshot());
    this.#logSize.compacted();
  }
}

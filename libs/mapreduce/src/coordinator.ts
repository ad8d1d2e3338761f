import { DEFAULT_SPLIT_BYTES, DEFAULT_WORKER_TIMEOUT_MS, FileError, outputPath } from '@lockstep/api';
import type { Coordinator, CoordinatorDeps, FileStore, Host, Job, JobProgress, NodeId } from '@lockstep/api';
import { Ledger } from './ledger.ts';
import type { Choice } from './ledger.ts';
import type {
  Assignment,
  CoordinatorRpc,
  HeartbeatArgs,
  HeartbeatReply,
  NextArgs,
  NextReply,
  Report,
} from './messages.ts';
import { Roster } from './roster.ts';
import type { Member } from './roster.ts';
import { makeSplits } from './splits.ts';
import { Suspicion } from './suspicion.ts';

/** A worker gives so many signs of life within the time-out. */
const HEARTBEATS_PER_TIMEOUT = 4;

/** Names this boot of the coordinator in the ids of its attempts, so that none is ever used twice. */
const EPOCHS = 0x7fffffff;

/**
 * The coordinator of a job (the paper's master, §3.2): gives tasks to workers that ask, keeps book of them, and gives
 * tasks away again when workers fall silent. It keeps nothing on disk: after a restart it finds the committed outputs
 * in the shared file system, and has the rest done again.
 */
export class JobCoordinator implements Coordinator, CoordinatorRpc {
  readonly #host: Host;
  readonly #job: Job;
  readonly #shared: FileStore;
  readonly #timeoutMs: number;
  readonly #heartbeatMs: number;
  readonly #epoch: number;
  readonly #roster = new Roster();
  readonly #suspicion = new Suspicion();
  #ledger: Ledger;
  #attempts = 0;
  #progress: JobProgress | undefined;
  #isCleanedUp = false;

  constructor(host: Host, job: Job, { shared }: CoordinatorDeps) {
    this.#host = host;
    this.#job = job;
    this.#shared = shared;
    this.#timeoutMs = job.workerTimeoutMs ?? DEFAULT_WORKER_TIMEOUT_MS;
    this.#heartbeatMs = this.#timeoutMs / HEARTBEATS_PER_TIMEOUT;
    this.#epoch = host.random.integer(0, EPOCHS);
    this.#ledger = this.#makeLedger([], new Set());
  }

  /** Looks at inputs and outputs, and opens for business. */
  async start(): Promise<void> {
    try {
      const { inputs, splitBytes = DEFAULT_SPLIT_BYTES, output } = this.#job;
      const splits = await makeSplits(this.#shared, inputs, splitBytes);
      const committed = await this.#shared.list(outputPath(output, 0).slice(0, -5));
      this.#ledger = this.#makeLedger(splits, new Set(committed.map((path) => Number(path.slice(-5)))));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.#ledger.fail(`the inputs can't be read: ${error.message}`);
    }
    this.#changed();
    this.#host.serve({
      next: (args: NextArgs, { from }: { from: NodeId }) => this.next(args, from),
      heartbeat: (args: HeartbeatArgs, { from }: { from: NodeId }) => this.heartbeat(args, from),
    });
    for (;;) {
      await this.#host.clock.sleep(this.#heartbeatMs);
      this.#look();
    }
  }

  progress(): JobProgress {
    return (this.#progress ??= this.#ledger.progress(this.#roster.alive));
  }

  /** A worker reports, and asks for a task. When there is none, the answer is held back for a while. */
  next({ incarnation, turn, report }: NextArgs, from: NodeId = ''): Promise<NextReply> {
    const member = this.#heard(from, incarnation);
    // Of a boot that is over, or overtaken by a later question: nobody waits for the answer.
    if (member === undefined || turn < member.turn) return Promise.resolve(this.#reply({ kind: 'wait' }));
    if (turn > member.turn) {
      member.turn = turn;
      member.reply = undefined;
      if (report !== undefined) this.#settle(report, from);
      this.#ledger.free(from);
      this.#changed();
    }
    if (member.reply !== undefined) return Promise.resolve(member.reply);
    return new Promise((resolve) => {
      member.answer?.({ kind: 'wait' });
      const answer = (assignment: Assignment): void => {
        patience.cancel();
        member.answer = undefined;
        resolve(this.#reply(assignment));
      };
      const patience = this.#host.clock.after(this.#heartbeatMs, () => answer({ kind: 'wait' }));
      member.answer = answer;
      this.#dispatch();
    });
  }

  heartbeat(args: HeartbeatArgs, from: NodeId = ''): HeartbeatReply {
    const member = this.#heard(from, args.incarnation);
    const assignment = member?.reply?.assignment;
    // One that was sent before the attempt ended, and comes after it, must not bring the attempt back.
    const isCurrent =
      assignment !== undefined && 'attempt' in assignment && assignment.attempt === args.attempt;
    const isWanted = isCurrent && this.#ledger.isWanted(args, from, this.#host.clock.now());
    this.#changed();
    return { abandon: !isWanted };
  }

  #settle(report: Report, from: NodeId): void {
    const now = this.#host.clock.now();
    this.#ledger.settle(report, from, now);
    if (report.kind === 'lost' && report.unreachable !== undefined) {
      this.#suspicion.complain(from, report.unreachable, now);
    }
  }

  #makeLedger(splits: Ledger['splits'], committed: ReadonlySet<number>): Ledger {
    const { reduceTasks, backupTasks = true, skipBadRecords = false } = this.#job;
    return new Ledger(splits, reduceTasks, committed, { backupTasks, skipBadRecords });
  }

  #heard(from: NodeId, incarnation: string): Member | undefined {
    const { member, replaced } = this.#roster.heard(from, incarnation, this.#host.clock.now());
    // The machine has booted again before it was missed.
    if (replaced !== undefined) {
      this.#ledger.lose(from);
      this.#suspicion.forget(from);
    }
    return member;
  }

  /** Looks for workers that have fallen silent, and for tasks that take too long. */
  #look(): void {
    for (const { node } of this.#roster.silentSince(this.#host.clock.now() - this.#timeoutMs)) {
      this.#host.log.info(`${node} has been silent for ${this.#timeoutMs} ms`);
      this.#ledger.lose(node);
    }
    this.#changed();
  }

  #changed(): void {
    this.#progress = undefined;
    this.#dispatch();
    if (this.#ledger.isOver && !this.#isCleanedUp) void this.#cleanUp();
  }

  /** Gives tasks to those who wait for one. */
  #dispatch(): void {
    for (const member of this.#roster.members) {
      const { answer } = member;
      if (answer === undefined) continue;
      const assignment = this.#assign(member);
      if (assignment === undefined) continue;
      member.reply = this.#reply(assignment);
      answer(assignment);
    }
  }

  #assign({ node }: Member): Assignment | undefined {
    if (this.#ledger.isOver) return { kind: 'exit' };
    const now = this.#host.clock.now();
    const others = this.#roster.members.filter((other) => other.isAlive && other.node !== node);
    const names = others.map((other) => other.node);
    if (this.#suspicion.isShunned(node, names, now)) return undefined;
    const choice = this.#ledger.choose(node, now);
    if (choice === undefined) return undefined;
    const id = `${this.#epoch}-${choice.kind}-${choice.task.index}-${++this.#attempts}`;
    this.#ledger.begin(choice, { id, worker: node, startedAt: now });
    this.#progress = undefined;
    return this.#assignment(choice, id);
  }

  #assignment({ kind, task }: Choice, attempt: string): Assignment {
    const { reduceTasks, output } = this.#job;
    const skip = [...task.skip];
    if (kind === 'reduce') {
      const sources = this.#ledger.sources(task);
      const keys = skip.filter((record) => typeof record === 'string');
      return { kind, task: task.index, attempt, output, sources, skip: keys };
    }
    const split = this.#ledger.splits[task.index];
    if (split === undefined) throw new RangeError(`there is no split ${task.index}`);
    const records = skip.filter((record) => typeof record === 'number');
    return { kind, task: task.index, attempt, reduceTasks, split, skip: records };
  }

  #reply(assignment: Assignment): NextReply {
    return { assignment, heartbeatMs: this.#heartbeatMs };
  }

  /** Removes what attempts have left that did not come to their ends. */
  async #cleanUp(): Promise<void> {
    this.#isCleanedUp = true;
    try {
      for (const path of await this.#shared.list(`${this.#job.output}/tmp-`)) await this.#shared.remove(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.#host.log.warn(`temporary files are left: ${error.message}`);
    }
  }
}

import { FileError, RpcError } from '@lockstep/api';
import type { Application, Client, Host, MapReduceWorker, NodeId, WorkerDeps } from '@lockstep/api';
import { ApplicationFailed, OutputLost } from './errors.ts';
import { makeFetch, serveFetch } from './fetch.ts';
import { Lease } from './lease.ts';
import { mapFile, MapTask } from './map-task.ts';
import type {
  CoordinatorRpc,
  MapAssignment,
  NextReply,
  ReduceAssignment,
  Report,
  WorkerRpc,
} from './messages.ts';
import { ReduceTask } from './reduce-task.ts';

/** The wait before the coordinator is asked again when it could not be reached. */
const RETRY_MS = 100;

/** How long a question may take to be answered; the coordinator holds it back while there is nothing to do. */
const NEXT_TIMEOUT_MS = 2_000;

/** A coordinator takes a worker for dead after so many heartbeats without one; see `Ledger`. */
const HEARTBEATS_TO_DEATH = 4;

/**
 * A worker: asks for a task, executes it, reports, and asks again, until it is told that the job is over. Meanwhile it
 * serves what its map tasks have left on the local disk.
 */
export class Worker implements MapReduceWorker {
  readonly #host: Host;
  readonly #coordinator: Client<CoordinatorRpc>;
  readonly #app: Application;
  readonly #deps: WorkerDeps;
  readonly #incarnation: string;
  #turn = 0;
  #heartbeatMs = 500;
  #isFinished = false;

  constructor(host: Host, coordinator: NodeId, app: Application, deps: WorkerDeps) {
    this.#host = host;
    this.#coordinator = host.peer<CoordinatorRpc>(coordinator);
    this.#app = app;
    this.#deps = deps;
    this.#incarnation = `${host.id}-${host.random.integer(0, 0x7fffffff)}`;
    const service: WorkerRpc = { fetch: (args) => serveFetch(deps.local, args) };
    host.serve(service);
  }

  status(): 'working' | 'finished' {
    return this.#isFinished ? 'finished' : 'working';
  }

  /** Works until the job is over. */
  async run(): Promise<void> {
    await this.#clearDisk();
    let report: Report | undefined;
    for (;;) {
      const { assignment, heartbeatMs } = await this.#next(report);
      report = undefined;
      this.#heartbeatMs = heartbeatMs;
      if (assignment.kind === 'exit') break;
      if (assignment.kind !== 'wait') report = await this.#execute(assignment);
    }
    this.#isFinished = true;
  }

  /** What an earlier boot has left is of no use: the coordinator counts it as lost. */
  async #clearDisk(): Promise<void> {
    for (const path of await this.#deps.local.list('map-')) await this.#deps.local.remove(path);
  }

  /** Asks until there is an answer. */
  async #next(report: Report | undefined): Promise<NextReply> {
    const turn = ++this.#turn;
    const args = { incarnation: this.#incarnation, turn, ...(report === undefined ? {} : { report }) };
    for (;;) {
      try {
        return await this.#coordinator.next(args, { timeoutMs: NEXT_TIMEOUT_MS });
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
      }
      await this.#host.clock.sleep(RETRY_MS);
    }
  }

  async #execute(assignment: MapAssignment | ReduceAssignment): Promise<Report> {
    const { kind: phase, task, attempt } = assignment;
    const lease = new Lease();
    const heartbeats = this.#beat(assignment, lease);
    try {
      // An application that never comes back must not keep the worker from other work.
      return await Promise.race([this.#attempt(assignment, lease), lease.lost]);
    } catch (error) {
      if (phase === 'map') await this.#deps.local.remove(mapFile(attempt));
      if (error instanceof OutputLost) {
        const { maps, unreachable } = error;
        return { kind: 'lost', task, attempt, maps, ...(unreachable === undefined ? {} : { unreachable }) };
      }
      if (error instanceof ApplicationFailed) {
        const { message, record } = error;
        return { kind: 'failed', phase, task, attempt, message, ...(record === undefined ? {} : { record }) };
      }
      if (!lease.isLost) {
        if (!(error instanceof FileError)) throw error;
        // A store that fails now may work a little later, here or elsewhere.
        await this.#host.clock.sleep(RETRY_MS);
      }
      return { kind: 'abandoned', phase, task, attempt };
    } finally {
      heartbeats.stop();
    }
  }

  #attempt(assignment: MapAssignment | ReduceAssignment, lease: Lease): Promise<Report> {
    if (assignment.kind === 'map') return new MapTask(this.#app, assignment, this.#deps).run(lease);
    const patienceMs = this.#heartbeatMs * HEARTBEATS_TO_DEATH;
    const fetch = makeFetch(this.#host, this.#deps.local, assignment, patienceMs, lease);
    return new ReduceTask(this.#app, assignment, this.#deps, fetch).run(lease);
  }

  /** Gives signs of life while an attempt lasts, and gives it up when the coordinator says so (paper §3.3). */
  #beat({ kind: phase, task, attempt }: MapAssignment | ReduceAssignment, lease: Lease): { stop(): void } {
    let isOver = false;
    const beat = async (): Promise<void> => {
      while (!isOver) {
        await this.#host.clock.sleep(this.#heartbeatMs);
        if (isOver) return;
        const args = { incarnation: this.#incarnation, phase, task, attempt };
        // Not awaited before the next one: an answer that is long in coming must not look like death.
        this.#coordinator.heartbeat(args, { timeoutMs: 2 * this.#heartbeatMs }).then(
          ({ abandon }) => {
            if (abandon && !isOver) lease.giveUp();
          },
          () => {},
        );
      }
    };
    void beat();
    return { stop: () => void (isOver = true) };
  }
}

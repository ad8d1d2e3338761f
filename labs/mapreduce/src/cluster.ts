import type { Job, JobProgress, NodeId } from '@lockstep/api';
import type { Draw, NetworkControl, ScriptWorld } from '@lockstep/test-harness/suite';
import { makeApp } from './apps.ts';
import { COORDINATOR } from './boot.ts';
import type { Driver } from './driver.ts';
import type { Posting } from './job-board.ts';
import { asLabDevices } from './lab-devices.ts';
import type { LabDevices } from './lab-devices.ts';
import * as N from './numbers.ts';
import { recordsOf, runSequentially } from './sequential.ts';
import type { Input, Sequential } from './sequential.ts';
import type { Watch } from './watch.ts';

/** A job of a test: what is posted, with defaults for what most tests don't care about. */
export type JobOptions = Omit<Posting, 'job'> & {
  readonly inputs: readonly Input[];
  readonly job?: Partial<Job>;
  /** Records and keys that are bad, and expected to be left out. */
  readonly isBad?: (record: string) => boolean;
};

/** What a job should come to. */
export interface Expected extends Sequential {
  /** How long its map calls and its reduce calls take, one after the other, in ms. */
  readonly mapMs: number;
  readonly reduceMs: number;
}

/**
 * The machines of a test as its script drives them: a coordinator, and workers `n1`, `n2`, … A helper that waits for
 * something in vain ends the run with a liveness violation. Nothing here judges safety.
 */
export class Cluster {
  readonly workers: readonly NodeId[];
  readonly devices: LabDevices;
  readonly watch: Watch;
  readonly #world: ScriptWorld<Driver>;
  #jobs = 0;

  constructor(world: ScriptWorld<Driver>, watch: Watch) {
    this.#world = world;
    this.workers = world.servers;
    this.devices = asLabDevices(world.devices);
    this.watch = watch;
  }

  /** For what has no helper here. */
  get world(): ScriptWorld<Driver> {
    return this.#world;
  }

  get draw(): Draw {
    return this.#world.draw;
  }

  get network(): NetworkControl {
    return this.#world.network;
  }

  /** The worker at a position, going round. */
  worker(position: number): NodeId {
    const node = this.workers[position % this.workers.length];
    if (node === undefined) throw new RangeError(`there is no worker ${position}`);
    return node;
  }

  sleep(ms: number): Promise<void> {
    return this.#world.sleep(ms);
  }

  reached(situation: string): void {
    this.#world.reached(situation);
  }

  /** Posts a job: inputs are put in place, and the machines learn of it. */
  post(options: JobOptions): Expected {
    const { inputs, isBad, app, recordMs = 0, keyMs = 0 } = options;
    const number = ++this.#jobs;
    const job: Job = {
      id: `job-${number}`,
      inputs: inputs.map(({ path }) => path),
      output: `out-${number}`,
      reduceTasks: 4,
      splitBytes: N.SPLIT_BYTES,
      workerTimeoutMs: N.WORKER_TIMEOUT_MS,
      ...options.job,
    };
    for (const { path, text } of inputs) this.devices.shared.put(path, text);
    const sequential = runSequentially(makeApp(app, { draw: () => 0 }), job, inputs, isBad);
    const { outputs, counters, mapTasks } = sequential;
    const { memoryBytes, pace } = options;
    this.devices.board.post(
      {
        job,
        app,
        recordMs,
        keyMs,
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
        ...(pace === undefined ? {} : { pace }),
      },
      {
        kind: 'job-posted',
        text: `${job.id}: ${app}, ${mapTasks} map tasks, ${job.reduceTasks} reduce tasks`,
        reduceTasks: job.reduceTasks,
        mapTasks,
        output: job.output,
        records: Object.fromEntries(inputs.map((input) => [input.path, recordsOf(input)])),
        expected: outputs,
        counters,
        isTagged: app === 'tagged',
      },
    );
    const keys = outputs.join('').split('\n').length - 1;
    return { ...sequential, mapMs: sequential.records * recordMs, reduceMs: keys * keyMs };
  }

  /** What the coordinator says, if it is up and serves. */
  get progress(): JobProgress | undefined {
    const driver = this.#world.driver(COORDINATOR);
    return driver?.role === 'coordinator' ? driver.progress : undefined;
  }

  /** The most bytes of intermediate data that any worker that is up has held between two writes to its disk. */
  mostHeldBytes(): number {
    const drivers = this.workers.map((node) => this.#world.driver(node));
    return Math.max(0, ...drivers.map((driver) => (driver?.role === 'worker' ? driver.mostHeldBytes : 0)));
  }

  get isOver(): boolean {
    const state = this.progress?.state;
    return state === 'succeeded' || state === 'failed';
  }

  /** Waits until the job is over, for so long; gives how long it took from now. */
  async finish(withinMs: number): Promise<number> {
    const from = this.#world.now;
    await this.#world.until(() => this.isOver, {
      withinMs,
      violation: () => this.#late(withinMs),
    });
    return this.#world.now - from;
  }

  /** Waits until the job has succeeded and all workers that are up know it. */
  async succeed(withinMs: number): Promise<number> {
    const tookMs = await this.finish(withinMs);
    if (this.progress?.state === 'failed') {
      this.#world.fail({
        kind: 'liveness',
        property: 'job completion',
        message: `The coordinator says that the job has failed (${this.progress.failure}); nothing is wrong with it.`,
        node: COORDINATOR,
      });
    }
    await this.exit();
    return tookMs;
  }

  /** Waits until the workers that are up know that the job is over. */
  async exit(workers: readonly NodeId[] = this.workers): Promise<void> {
    const working = (): NodeId[] =>
      workers.filter((node) => {
        const driver = this.#world.driver(node);
        return this.#world.isUp(node) && !(driver?.role === 'worker' && driver.isFinished);
      });
    await this.#world.until(() => working().length === 0, {
      withinMs: N.EXIT_MS,
      violation: () => ({
        kind: 'liveness',
        property: 'worker exit',
        message: `The job is over since ${N.EXIT_MS} ms, but ${working().join(' and ')} go on working.`,
      }),
    });
  }

  /** Waits until something has happened in the run. */
  when(what: string, condition: () => boolean, everyMs = 1): Promise<boolean> {
    const withinMs = 60_000;
    return this.#world.until(() => condition() || this.isOver, {
      withinMs,
      everyMs,
      violation: () => ({
        kind: 'liveness',
        property: 'job completion',
        message: `${what} did not come about within ${withinMs} ms. ${this.#describe()}`,
      }),
    });
  }

  /** Waits until `n` map tasks are done, or `n` outputs are committed. */
  mapsDone(n: number): Promise<boolean> {
    return this.when(`that ${n} map tasks are done`, () => (this.progress?.map.done ?? 0) >= n);
  }

  committed(n: number): Promise<boolean> {
    return this.when(`${n} committed outputs`, () => this.watch.committed.size >= n);
  }

  /** Stops a machine dead. With `disk: 'lost'` it comes back, if at all, with an empty disk. */
  crash(node: NodeId, disk: 'kept' | 'lost' = 'kept'): void {
    if (this.#world.isUp(node)) this.#world.crash(node);
    this.watch.mapping.delete(node);
    this.watch.reducing.delete(node);
    if (disk === 'lost') this.devices.local.lose(node);
  }

  restart(node: NodeId): void {
    if (!this.#world.isUp(node)) this.#world.restart(node);
  }

  /** Makes the application slow on a machine from now on. */
  async setPace(node: NodeId, pace: number): Promise<void> {
    await this.#world.invoke(node, `pace ${pace}`, (driver) => {
      if (driver.role === 'worker') driver.setPace(pace);
    });
  }

  /** Boots all machines anew, with fresh disks, for another job. */
  renew(): void {
    for (const node of [COORDINATOR, ...this.workers]) this.crash(node, 'lost');
    for (const node of [COORDINATOR, ...this.workers]) this.restart(node);
  }

  #late(withinMs: number) {
    return {
      kind: 'liveness',
      property: 'job completion',
      message: `The job is not over after ${Math.round(withinMs)} ms. ${this.#describe()}`,
    } as const;
  }

  #describe(): string {
    const { progress } = this;
    if (progress === undefined) return 'The coordinator does not answer.';
    const phase = (name: string, { total, done, running, attempts }: JobProgress['map']): string =>
      `${done} of ${total} ${name} tasks are done, ${running} are running (${attempts} attempts)`;
    return `${phase('map', progress.map)}; ${phase('reduce', progress.reduce)}; ${progress.workers} workers are known.`;
  }
}

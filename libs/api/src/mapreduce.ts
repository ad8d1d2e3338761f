import type { Host, NodeId } from './host.ts';

/** The version of this contract. A submission may export `contract = 'mapreduce/1'` to say what it was written for. */
export const MAPREDUCE_CONTRACT = 'mapreduce/1';

/** What a MapReduce submission's entry file exports as its default: a coordinator and a worker that fit each other. */
export interface MapReduce {
  readonly coordinator: CoordinatorFactory;
  readonly worker: WorkerFactory;
}

/**
 * Makes the coordinator of one job (the paper's master); called once per boot of its machine. After a restart it finds
 * the outputs that were committed before, and does not have them made again.
 *
 * @param host the machine's world. How coordinator and workers talk over it is the implementer's own affair.
 */
export type CoordinatorFactory = (
  host: Host,
  job: Job,
  deps: CoordinatorDeps,
) => Coordinator | Promise<Coordinator>;

/**
 * Makes the worker of one machine; called once per boot. It asks the coordinator for tasks until the job is over. What
 * an earlier boot has left on the local disk is there (if the disk is), but nothing of its memory.
 *
 * @param coordinator the machine on which the job's coordinator runs, or will run: it may come up later than its
 *   workers.
 */
export type WorkerFactory = (
  host: Host,
  coordinator: NodeId,
  app: Application,
  deps: WorkerDeps,
) => MapReduceWorker | Promise<MapReduceWorker>;

/** What a coordinator works with. */
export interface CoordinatorDeps {
  /** The file system that all machines share (the paper's GFS): inputs and outputs. */
  readonly shared: FileStore;
}

/** What a worker works with. */
export interface WorkerDeps {
  /** The file system that all machines share (the paper's GFS): inputs and outputs. */
  readonly shared: FileStore;
  /**
   * This machine's own disk, for intermediate data. Nobody else can read it, so reduce workers ask this worker for what
   * they need; when the machine is gone, so is the data.
   */
  readonly local: FileStore;
  /**
   * About how many bytes of intermediate data the worker may hold in memory before it writes them to the local disk.
   * Default: 64 MiB.
   */
  readonly memoryBytes?: number;
}

/** One MapReduce job: plain data. */
export interface Job {
  /** Names the job; letters, digits, `-` and `_`. */
  readonly id: string;
  /** Text files in the shared file system: lines that end in `\n`, the last one perhaps without. */
  readonly inputs: readonly string[];
  /**
   * Where the outputs go: reduce task r commits `outputPath(output, r)`, lines in the order of their keys. A task
   * without any keys commits an empty file. Temporary files go to names that begin with `<output>/tmp-`.
   */
  readonly output: string;
  /** R: how many reduce tasks, and so output files, there are. */
  readonly reduceTasks: number;
  /**
   * How much of an input file one map task covers, in bytes; default {@link DEFAULT_SPLIT_BYTES}. A file of n bytes has
   * ceil(n / splitBytes) splits. A line belongs to the split in which its first byte lies, so that splits hold whole
   * lines.
   */
  readonly splitBytes?: number;
  /**
   * A worker that the coordinator has not heard of for so long counts as failed, and its tasks go to others; default
   * {@link DEFAULT_WORKER_TIMEOUT_MS}.
   */
  readonly workerTimeoutMs?: number;
  /** Run tasks that take unusually long on a second worker besides (paper §3.6). Default: true. */
  readonly backupTasks?: boolean;
  /** Leave out records on which map, or keys on which reduce, has failed twice (paper §4.6). Default: false. */
  readonly skipBadRecords?: boolean;
}

/** 32 MiB, between the 16 and 64 of the paper (§3.1). */
export const DEFAULT_SPLIT_BYTES = 33_554_432;

/** Two seconds. */
export const DEFAULT_WORKER_TIMEOUT_MS = 2_000;

/** Without `skipBadRecords`, the job fails when a task has failed so often because the application threw. */
export const MAX_TASK_FAILURES = 4;

/** The file that holds the output of reduce task `task`, e.g. `out/part-00007`. */
export function outputPath(output: string, task: number): string {
  return `${output}/part-${String(task).padStart(5, '0')}`;
}

/** The coordinator of a job, as whoever runs it sees it. */
export interface Coordinator {
  /** How the job is getting on. Must be cheap and free of effects: the harness reads it after every event. */
  progress(): JobProgress;
}

/** How a job is getting on. */
export interface JobProgress {
  /**
   * `succeeded` once every output is committed; `failed` when the application keeps throwing (see
   * {@link MAX_TASK_FAILURES}) or an input is missing. Neither ever changes again.
   */
  readonly state: 'running' | 'succeeded' | 'failed';
  /** Why the job failed, in a sentence: with what the application threw, if that was why. */
  readonly failure?: string;
  readonly map: PhaseProgress;
  readonly reduce: PhaseProgress;
  /** Bytes of input: in all, and of the map tasks that are done. */
  readonly inputBytes: { readonly total: number; readonly done: number };
  /**
   * The application's counters, summed over tasks that are done: each task counts once, however often it was executed
   * (paper §4.8).
   */
  readonly counters: Readonly<Record<string, number>>;
  /** Records and keys that were left out because the application had failed on them twice. */
  readonly skipped: number;
  /** Workers that have been heard of within the time-out. */
  readonly workers: number;
}

/** How one of the two phases is getting on, in tasks. */
export interface PhaseProgress {
  readonly total: number;
  /** Tasks that are finished; falls when the disk with a map task's output is lost. */
  readonly done: number;
  /** Tasks that some worker is executing. */
  readonly running: number;
  /** Executions that were begun besides another one of the same task that was still running (paper §3.6). */
  readonly backups: number;
  /** Executions that were begun in all. */
  readonly attempts: number;
}

/** A worker, as whoever runs it sees it. */
export interface MapReduceWorker {
  /**
   * `finished` once the coordinator has said that the job is over (it succeeded or failed), and not before. Must be
   * cheap and free of effects.
   */
  status(): 'working' | 'finished';
}

/** What JSON can say: what map functions may emit as values. Numbers are finite. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * A MapReduce program, in the terms of the paper (§2), with `V` the type of intermediate values. Keys are strings. Its
 * functions may be called any number of times for the same data, on any machine, so they should depend on their
 * arguments alone. What they throw is the application's failure, not the worker's.
 */
export interface Application<V extends Json = Json> {
  /** Takes one line of input (without its line end) to any number of intermediate pairs. */
  map(line: string, context: MapContext<V>): void | Promise<void>;
  /**
   * Takes a key and all its values, in no promised order, to any number of lines of output. Called once for each key of
   * a partition, in the order of the keys. The values of one key are held in memory.
   */
  reduce(key: string, values: readonly V[], context: ReduceContext): void | Promise<void>;
  /**
   * Partial merging of values of one key (paper §4.3): reduce must give the same for `combine(key, values)` as it does
   * for the values. May be called any number of times, or never.
   */
  combine?(key: string, values: readonly V[]): V;
  /**
   * The reduce task of a key: an integer from 0 to `reduceTasks` - 1 (paper §4.1). Default: the 32-bit FNV-1a hash of
   * the key's UTF-8 bytes, without its highest bit, modulo `reduceTasks`.
   */
  partition?(key: string, reduceTasks: number): number;
  /**
   * The order of keys within a partition (paper §4.2), for `Array.prototype.sort`: a total order that gives 0 only for
   * equal keys. Default: by UTF-16 code units, as `<` has it.
   */
  compare?(a: string, b: string): number;
}

/** What a map function has at hand besides its record. Its functions may be taken out of it. */
export interface MapContext<V extends Json = Json> {
  /** The input file that the record comes from. */
  readonly path: string;
  readonly emit: (key: string, value: V) => void;
  /** Adds `by` (default 1) to the job's counter of that name. */
  readonly count: (counter: string, by?: number) => void;
}

/** What a reduce function has at hand. Its functions may be taken out of it. */
export interface ReduceContext {
  /** Puts a line, without its line end, into the output. */
  readonly write: (line: string) => void;
  /** Adds `by` (default 1) to the job's counter of that name. */
  readonly count: (counter: string, by?: number) => void;
}

/**
 * A file system: the shared one, or a machine's own. Names are like `out/part-00003`; folders need not be made, and
 * nobody opens or closes anything. Data goes in and out in blocks, so that nobody holds a whole file in memory.
 */
export interface FileStore {
  /** The most bytes that one `read` or `append` moves. A larger request is refused with `too-large`. */
  readonly blockBytes: number;
  /** Bytes in a file. Rejects with `not-found`. */
  size(path: string): Promise<number>;
  /** Paths of all files that begin with `prefix`, in the order of UTF-16 code units. */
  list(prefix: string): Promise<readonly string[]>;
  /** Bytes `offset` to `offset + length` of a file; fewer at its end, none beyond it. Rejects with `not-found`. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  /**
   * Adds bytes at the end of a file, which is made when there is none (`bytes` may be empty). Appends take effect in
   * the order of the calls. A crash may lose appends that have not resolved, even parts of one. The store keeps
   * `bytes`: the caller does not change them any more.
   */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Gives a file its final name: atomically, and durably once it resolves, with all that was appended before. Rejects
   * with `exists` when there is a file of that name already, which stays as it is; of several callers one succeeds.
   * Rejects with `not-found` when there is no file `from`.
   */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; no matter if there is none. */
  remove(path: string): Promise<void>;
}

/**
 * Why a file operation failed.
 *
 * - `not-found`: there is no such file.
 * - `exists`: there is a file of that name already, and nothing was changed.
 * - `too-large`: more than `blockBytes` at once; nothing was done.
 * - `failed`: the disk or its machine failed; the outcome is unknown.
 */
export type FileErrorCode = 'not-found' | 'exists' | 'too-large' | 'failed';

/** The one way in which a file operation fails. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

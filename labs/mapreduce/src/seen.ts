import type { JobProgress, NodeId } from '@lockstep/api';

/** What the judges of this lab watch: files, the application's calls, and what coordinator and workers say. */
export type Seen =
  | JobPosted
  | FileChanged
  | Mapping
  | Mapped
  | Reducing
  | Reduced
  | Progressed
  | WorkerFinished
  | Misused;

/** The script has posted a job. */
export interface JobPosted {
  readonly kind: 'job-posted';
  readonly text: string;
  readonly reduceTasks: number;
  readonly mapTasks: number;
  readonly output: string;
  /** The lines of each input. */
  readonly records: Readonly<Record<string, readonly string[]>>;
  /** What a sequential run leaves in each output file. */
  readonly expected: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  /** The application is not deterministic: each line ends in a tag of the execution of map that it came from. */
  readonly isTagged: boolean;
}

/** A file of the shared file system that is not temporary has changed. */
export interface FileChanged {
  readonly kind: 'file-changed';
  readonly text: string;
  readonly how: 'append' | 'rename' | 'remove';
  readonly path: string;
  readonly by: NodeId;
  /** What is in the file now; nothing when it is gone. */
  readonly content?: string;
}

/** The application's map was called with a record, and, later, came back. */
export interface Mapping {
  readonly kind: 'mapping';
  readonly path: string;
  readonly line: string;
}
export interface Mapped {
  readonly kind: 'mapped';
  readonly path: string;
  readonly line: string;
}

/** The application's reduce was called with a key, and, later, came back. */
export interface Reducing {
  readonly kind: 'reducing';
  readonly key: string;
}
export interface Reduced {
  readonly kind: 'reduced';
  readonly key: string;
}

/** `progress()` of the coordinator has changed. */
export interface Progressed {
  readonly kind: 'progressed';
  readonly text?: string;
  readonly progress: JobProgress;
}

/** A worker says that it is finished. */
export interface WorkerFinished {
  readonly kind: 'worker-finished';
  readonly text: string;
}

/** The implementation handed over something that the contract rules out; `what` says it in a sentence. */
export interface Misused {
  readonly kind: 'misused';
  readonly what: string;
}

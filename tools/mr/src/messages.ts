import type { JobProgress } from '@lockstep/api';
import type { PeerAddress } from '@lockstep/host';
import type { JobSpec } from './job-spec.ts';

/** The id of the node that runs the coordinator. */
export const COORDINATOR = 'coordinator';

/** What a process of a job is started with. */
export type Settings = NodeSettings | SequentialSettings;

/** For a machine of a distributed run. */
export interface NodeSettings {
  readonly role: 'coordinator' | 'worker';
  readonly spec: JobSpec;
  readonly id: string;
  readonly addresses: Readonly<Record<string, PeerAddress>>;
  /** The machine's own folder. It is there, and empty. */
  readonly folder: string;
}

/** For the one process of a sequential run. */
export interface SequentialSettings {
  readonly role: 'sequential';
  readonly spec: JobSpec;
  readonly folder: string;
}

/** What a process of a job tells. */
export type News =
  /** The coordinator, or the sequential run, has come further. */
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  /** The application can't be used at all; the sentence is for whoever started the job. */
  | { readonly kind: 'bad-app'; readonly reason: string };

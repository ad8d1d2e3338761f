import type { Job, NodeId } from '@lockstep/api';
import type { DeferredAnswer, Device, DeviceContext, DeviceWorld } from '@lockstep/test-harness/suite';
import type { AppName } from './apps.ts';
import type { JobPosted } from './seen.ts';

/** What the machines of a test have to know: the job, and how the application behaves. Plain data. */
export interface Posting {
  readonly job: Job;
  readonly app: AppName;
  /** How long map takes for a record, and reduce for a key, in ms of virtual time. Default 0: no promise is given. */
  readonly recordMs?: number;
  readonly keyMs?: number;
  /** Machines on which everything takes so many times as long. */
  readonly pace?: Readonly<Record<NodeId, number>>;
  readonly memoryBytes?: number;
}

/** Where machines that have booted learn what job there is; they wait for it if need be. */
export class JobBoard implements Device {
  readonly handlers: Device['handlers'];
  #posting: Posting | undefined;
  #waiting: DeferredAnswer[] = [];
  #world: DeviceWorld | undefined;

  constructor() {
    this.handlers = {
      read: (_: unknown, context: DeviceContext): unknown => {
        if (this.#posting !== undefined) return this.#posting;
        this.#waiting.push(context.defer());
        return undefined;
      },
    };
  }

  start(world: DeviceWorld): void {
    this.#world = world;
  }

  post(posting: Posting, seen: JobPosted): void {
    this.#posting = posting;
    this.#world?.observe(seen);
    for (const answer of this.#waiting) answer.answer(posting);
    this.#waiting = [];
  }
}

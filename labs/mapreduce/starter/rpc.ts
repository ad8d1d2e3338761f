import type { NodeId } from '@lockstep/api';

/*
 * What coordinator and workers say to each other. This is a beginning that is yours to change: nobody else talks to
 * your coordinator and your workers. Everything must be plain data.
 */

/** What the coordinator serves. */
export interface CoordinatorRpc {
  requestTask(args: RequestTaskArgs): RequestTaskReply;
}

export interface RequestTaskArgs {
  readonly worker: NodeId;
}

export type RequestTaskReply =
  | {
      readonly kind: 'map';
      readonly task: number;
      readonly path: string;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: 'reduce'; readonly task: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'exit' };

/** What a worker serves to reduce workers: the intermediate data on its local disk. */
export interface WorkerRpc {
  fetch(args: FetchArgs): Promise<FetchReply>;
}

export interface FetchArgs {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

export interface FetchReply {
  readonly bytes: Uint8Array;
}

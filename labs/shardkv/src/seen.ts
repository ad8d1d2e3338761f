import type { GroupId, NodeId, ShardConfiguration } from '@lockstep/api';
import type { TransactionsInput, TransactionsOutput } from '@lockstep/linearizability';
import type { Called, Returned, StatusChanged } from '@lockstep/test-harness/services';

/** What the judges of this lab watch: what clients and administrators ask for and are told, and nothing from inside. */
export type ShardSeen =
  | Called<TransactionsInput>
  | Returned<TransactionsOutput>
  | Asked
  | Told
  | StatusChanged;

/** What an administrator asks of a controller. */
export type Administration =
  | { readonly op: 'join'; readonly groups: Readonly<Record<string, readonly NodeId[]>> }
  | { readonly op: 'leave'; readonly groups: readonly GroupId[] }
  | { readonly op: 'move'; readonly shard: number; readonly group: GroupId }
  | { readonly op: 'query'; readonly number?: number };

/** The number of the configuration that was made, or the configuration that was asked for. */
export type Administered = number | ShardConfiguration;

/** An administrator asks. A test may have two controllers, of which each has a history of its own. */
export interface Asked {
  readonly kind: 'asked';
  readonly text: string;
  readonly id: string;
  /** The controller's first server. */
  readonly controller: NodeId;
  readonly input: Administration;
}

/** It has been told. */
export interface Told {
  readonly kind: 'told';
  readonly text: string;
  readonly id: string;
  readonly controller: NodeId;
  readonly output: Administered;
}

import type { ShardConfiguration } from '@lockstep/api';
import type { Elsewhere } from '../line.ts';
import type { Change } from './configurations.ts';

/** What goes through the controller's log: a change, which its session lets happen once. */
export interface ChangeInSession {
  readonly administrator: string;
  /** Numbers the administrator's changes; a repetition has the number of the original. */
  readonly sequence: number;
  /** The administrator knows what became of all its changes before this one. */
  readonly settledBelow: number;
  readonly change: Change;
}

/** What comes of a change: the number of its configuration. Of a late copy of an old request, nothing. */
export type Changed = { readonly kind: 'changed'; readonly number: number } | { readonly kind: 'settled' };

/** What the controller's servers serve. */
export interface ControllerRpc {
  change(command: ChangeInSession): Promise<Changed | Elsewhere>;
  /** A linearizable read. */
  query(args: { readonly number?: number }): Promise<ConfigurationReply | Elsewhere>;
  /** The configurations that follow number `after`, as far as this server knows, and no more than a few. */
  following(args: { readonly after: number }): Promise<readonly ShardConfiguration[]>;
  /** The latest configuration that this server knows, if it is later than number `after`. */
  latest(args: { readonly after: number }): Promise<ShardConfiguration | undefined>;
}

/** The answer to a query. */
export interface ConfigurationReply {
  readonly kind: 'configuration';
  readonly configuration: ShardConfiguration;
}

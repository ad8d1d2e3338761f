import type { NodeId, ShardOptions } from '@lockstep/api';

/** What a test sets for its machines; see `Test.settings`. Its `servers` are those of the controller. */
export interface ShardSettings extends ShardOptions {
  /** Groups of servers, numbered from 1. Default 3. */
  readonly groups?: number;
  /** Servers of each group. Default 3. */
  readonly groupSize?: number;
  /** Machines for clients. Default 1. */
  readonly clients?: number;
  /** Machines for administrators. Default 1. */
  readonly administrators?: number;
  /** Servers of a second controller, which knows nothing of the first. Default 0. */
  readonly otherControllers?: number;
}

/** A group of a test. */
export interface Group {
  readonly id: number;
  readonly servers: readonly NodeId[];
}

/** All machines of a test, by what they do. */
export interface Topology {
  /** The controller's servers, and those of a second controller. */
  readonly controllers: readonly NodeId[];
  readonly otherControllers: readonly NodeId[];
  readonly groups: readonly Group[];
  readonly clients: readonly NodeId[];
  readonly administrators: readonly NodeId[];
}

/** Names the machines: `n1` of the controller, `m1` of a second one, `g2a` of group 2, `c1`, `admin1`. */
export function topologyOf(controllers: readonly NodeId[], settings: ShardSettings): Topology {
  const { groups = 3, groupSize = 3, clients = 1, administrators = 1, otherControllers = 0 } = settings;
  const numbered = (name: string, count: number): NodeId[] =>
    Array.from({ length: count }, (_, i) => `${name}${i + 1}`);
  return {
    controllers,
    otherControllers: numbered('m', otherControllers),
    groups: Array.from({ length: groups }, (_, i) => ({
      id: i + 1,
      servers: Array.from({ length: groupSize }, (__, place) => `g${i + 1}${LETTERS[place] ?? place}`),
    })),
    clients: numbered('c', clients),
    administrators: numbered('admin', administrators),
  };
}

const LETTERS = 'abcdefg';

import type { NodeId } from '@lockstep/api';
import type { NetworkControl } from '../suite/types.ts';

/** Cuts all links between two sets of machines, both ways; other links stay as they are. */
export function cut(network: NetworkControl, some: readonly NodeId[], others: readonly NodeId[]): void {
  for (const one of some) {
    for (const other of others) {
      network.block(one, other);
      network.block(other, one);
    }
  }
}

/** Mends what {@link cut} has cut. */
export function mend(network: NetworkControl, some: readonly NodeId[], others: readonly NodeId[]): void {
  for (const one of some) {
    for (const other of others) {
      network.unblock(one, other);
      network.unblock(other, one);
    }
  }
}

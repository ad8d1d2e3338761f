import type { Judge, Observation } from '../suite/types.ts';

/** What the judge of locks has to know of an observation. */
export interface LockEvent {
  readonly kind: 'acquired' | 'releasing';
  readonly lock: string;
  readonly holder: string;
}

/** Of those who share a lock, one at most holds it. */
export function mutualExclusion<Seen extends Observation>(
  read: (seen: Seen) => LockEvent | undefined,
): Judge<Seen> {
  const holders = new Map<string, string>();
  return {
    property: 'mutual exclusion',
    observe(seen, { node }) {
      const event = read(seen);
      if (event === undefined) return undefined;
      const { kind, lock, holder } = event;
      if (kind === 'releasing') {
        holders.delete(lock);
        return undefined;
      }
      const other = holders.get(lock);
      holders.set(lock, holder);
      if (other === undefined) return undefined;
      const message = `${holder} has acquired the lock "${lock}" while ${other} holds it`;
      return {
        kind: 'safety',
        property: 'mutual exclusion',
        message,
        ...(node === undefined ? {} : { node }),
      };
    },
  };
}

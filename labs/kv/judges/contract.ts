import type { Judge } from '@lockstep/test-harness/suite';
import type { KvSeen } from '../src/seen.ts';

/** What the contract says about the shape of answers. */
export function contract(): Judge<KvSeen> {
  return {
    property: 'contract',
    observe(seen, { node = '' }) {
      if (seen.kind !== 'misused') return undefined;
      return { kind: 'safety', property: 'contract', message: `${node}: ${seen.what}`, node };
    },
  };
}

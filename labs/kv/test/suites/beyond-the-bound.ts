import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../../src/cluster.ts';
import { reliable } from '../../suite/networks.ts';
import { driftApart } from '../../suite/part-d-leases.ts';

/** The clocks are wrong by three tenths, though leases are told that it is a hundredth at most. */
export default definePart<Cluster>({
  id: 'Y',
  title: 'Clocks beyond their bound',
  tests: [
    defineTest<Cluster>({
      id: 'kv/Y/beyond',
      title: 'Clocks beyond their bound',
      about: 'Nothing is promised there.',
      points: 0,
      servers: 5,
      network: reliable,
      settings: { clients: 2, reads: 'lease', clockDriftBound: 0.01 },
      run: (cluster) => driftApart(cluster, [0, 50], 0.3),
    }),
  ],
});

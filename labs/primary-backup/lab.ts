import { PRIMARY_BACKUP_CONTRACT } from '@lockstep/api';
import { defineLab } from '@lockstep/test-harness/suite';
import { judges } from './judges/index.ts';
import { boot } from './src/boot.ts';
import { Cluster } from './src/cluster.ts';
import type { Driver } from './src/driver.ts';
import type { Seen } from './src/seen.ts';
import { partA } from './suite/part-a.ts';
import { partB } from './suite/part-b.ts';
import { partC } from './suite/part-c.ts';
import { partD } from './suite/part-d.ts';
import { scenarios } from './suite/scenarios.ts';

export default defineLab<Driver, Cluster, Seen>({
  id: 'primary-backup',
  title: 'Primary-backup',
  entry: 'primary-backup.ts',
  contract: PRIMARY_BACKUP_CONTRACT,
  reference: '../../libs/primary-backup/src/index.ts',
  layers: [],
  parts: [partA, partB, partC, partD],
  scenarios,
  boot,
  sample: (driver) => driver.sample(),
  judges,
  script: (world) => new Cluster(world),
});

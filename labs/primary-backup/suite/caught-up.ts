import type { Cluster } from '../src/cluster.ts';

/** A backup that is not told anything new has come as far as its primary after so long, in ms. */
const CATCH_UP_MS = 500;

/** Fails unless the backup's machine comes as far as its primary's, and nobody goes live over it. */
export async function checkCaughtUp(cluster: Cluster): Promise<void> {
  await cluster.world.sleep(CATCH_UP_MS);
  const [primary, backup] = [cluster.countOf('n1'), cluster.countOf('n2')];
  if (primary !== backup) {
    cluster.world.fail({
      kind: 'liveness',
      property: 'replay',
      message: `the primary's machine is at ${primary}, and half a second later the backup's is at ${backup}`,
    });
  }
  cluster.checkNobodyWentLive();
  cluster.world.reached('the backup had replayed everything');
}

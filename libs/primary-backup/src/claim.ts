import type { Host, SharedStorage } from '@lockstep/api';
import { RETRY_MS } from './numbers.ts';

/**
 * Asks the shared storage whether this server may go on in `epoch` (§2.3). Never gives up: while the storage cannot be
 * reached nobody may, and a call that failed may have won.
 */
export async function claim(host: Host, storage: SharedStorage, epoch: number): Promise<boolean> {
  for (;;) {
    try {
      const { won } = await storage.testAndSet(epoch);
      return won;
    } catch {
      await host.clock.sleep(RETRY_MS);
    }
  }
}

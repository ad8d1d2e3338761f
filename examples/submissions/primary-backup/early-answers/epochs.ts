import { RpcError } from '@lockstep/api';
import type { Server } from './server.ts';
import { RETRY_MS } from './times.ts';

export async function win({ host, devices }: Server, epoch: number): Promise<boolean> {
  for (;;) {
    try {
      return (await devices.storage.testAndSet(epoch)).won;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      await host.clock.sleep(RETRY_MS);
    }
  }
}

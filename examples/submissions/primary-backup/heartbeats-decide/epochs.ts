import type { Server } from './server.ts';

/** Whoever hears nothing for so long is right: the other one must be dead. */
export async function win({ devices }: Server, epoch: number): Promise<boolean> {
  await devices.storage.testAndSet(epoch).catch(() => undefined);
  return true;
}

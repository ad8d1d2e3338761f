import { ProcessClock } from './clock.ts';
import { openDirectory } from './disk/files.ts';
import { lockDirectory } from './disk/lock.ts';
import { Storage } from './disk/storage.ts';
import { Life } from './life.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { HostLimits } from './limits.ts';
import { LogLines } from './log-lines.ts';
import { checkOptions } from './options.ts';
import type { HostOptions, RunningHost } from './options.ts';
import { makeRandom } from './random.ts';
import { Network } from './rpc/network.ts';
import { Services } from './rpc/services.ts';
import { makeScope } from './scope.ts';

/**
 * Starts a node in this process: locks its directory, reads its disk, listens, and hands out its Host. The peers need
 * not be up.
 *
 * A process that runs one node should end when the node fails: an exception that nobody catches ends it anyway, as a
 * crash of the node.
 *
 * @throws `TypeError` for options that make no sense; `DiskError` when the directory is in use by another process,
 *   belongs to another node, or is corrupt; `Error` when the address can't be listened at.
 *
 * @example
 * const { host, close } = await startHost({
 *   id: 'n1',
 *   address: { host: '127.0.0.1', port: 7001 },
 *   peers: { n2: { host: '127.0.0.1', port: 7002 } },
 *   directory: 'data/n1',
 * });
 */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  checkOptions(options);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const life = new Life();
  const clock = new ProcessClock(life);
  const log = new LogLines(options.log ?? process.stderr, options.id, () => clock.now());
  const ownLog = log.scope('', life);
  const lock = await lockDirectory(options.directory);
  let storage: Storage | undefined;
  let network: Network | undefined;
  const close = async (): Promise<void> => {
    life.end();
    clock.stop();
    try {
      await Promise.all([network?.close(), storage?.close()]);
    } finally {
      await lock.release();
    }
  };
  try {
    storage = await openStorage(options, limits, (error) => ownLog.warn(error.message, error.cause));
    if (storage.droppedBytes > 0)
      ownLog.info(`dropped ${storage.droppedBytes} bytes of writes that a crash had left unfinished`);
    const services = new Services(options.id, (scope) => log.scope(scope, life));
    const random = makeRandom();
    const parts = { self: options.id, clock, limits, log: ownLog, jitter: () => random.uniform() };
    network = new Network(parts, options.peers, services, life);
    const address = await network.listen(options.address);
    const node = {
      id: options.id,
      life,
      clock,
      random: makeRandom(options.seed),
      log,
      limits,
      services,
      storage,
      network,
    };
    let closing: Promise<void> | undefined;
    return { host: makeScope(node, ''), address, close: () => (closing ??= close()) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openStorage(
  { directory, id }: HostOptions,
  { minGarbageBytes, largeValueBytes }: HostLimits,
  failed: (error: Error) => void,
): Promise<Storage> {
  return Storage.open(await openDirectory(directory), id, { minGarbageBytes, largeValueBytes, failed });
}

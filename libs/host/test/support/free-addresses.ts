import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { PortAddress } from '../../src/index.ts';

/**
 * Addresses that the system has just found free. They are on a loopback address of their own where the system has more
 * than one, so that nobody else is given one of their ports before it is used, or while its node is down.
 */
export async function findFreeAddresses(count: number): Promise<PortAddress[]> {
  const own = `127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(1, 255)}`;
  try {
    return await findPorts(own, count);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
    return findPorts('127.0.0.1', count);
  }
}

/** All ports are held until the last one is found, so that they differ. */
async function findPorts(host: string, count: number): Promise<PortAddress[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const addresses = await Promise.all(
    servers.map(
      (server) =>
        new Promise<PortAddress>((resolve, reject) => {
          server.on('error', reject);
          server.listen(0, host, () => resolve({ host, port: (server.address() as AddressInfo).port }));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return addresses;
}

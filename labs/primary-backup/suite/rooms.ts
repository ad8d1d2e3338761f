import type { Device } from '@lockstep/test-harness/suite';
import { Storage } from '../src/storage.ts';
import { Switch } from '../src/switch.ts';

/** The client that a packet of the key/value guest is addressed to: its first four bytes. */
function clientOf(packet: Uint8Array): number {
  return packet.length < 4 ? 0 : new DataView(packet.buffer, packet.byteOffset).getUint32(0, true);
}

/** The devices of a test: the clients' switch, and the shared storage. */
export function devices(): Readonly<Record<string, Device>> {
  return { switch: new Switch('n1', clientOf), storage: new Storage('n1', 128, [0.2, 2]) };
}

import { NotImplemented } from '@lockstep/api';
import type { Host, Kv } from '@lockstep/api';

export const contract = 'kv/1';

/** Makes the counter of one server. Called at each boot, so begin with what the disk remembers. */
export default async function createKv(host: Host): Promise<Kv> {
  return new Counter(host);
}

class Counter implements Kv {
  readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  increment(): Promise<number> {
    throw new NotImplemented('Kv part A: count a step, and confirm it once it is durable');
  }

  count(): number {
    return 0;
  }
}

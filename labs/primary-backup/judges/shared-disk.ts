import type { DiskRequest } from '@lockstep/api';
import { SECTOR_BYTES } from '@lockstep/guest-machine';
import { toHex } from '../src/hex.ts';
import type { Recorded, Requested } from './record.ts';

/**
 * What the shared disk holds is what one machine would have made of it: the writes of the lineage, in their order. Of a
 * sector that a write is still under way to, either is right. A write that failed has done nothing.
 */
export class SharedDisk {
  readonly #sectors = new Map<number, string>();

  /** The storage has executed a write. */
  executed(request: DiskRequest): void {
    for (const [sector, data] of sectorsOf(request)) this.#sectors.set(sector, data);
  }

  /** The first sector that does not hold what it should. */
  firstDifference(requests: ReadonlyMap<number, Requested>, inputs: readonly Recorded[]): number | undefined {
    const isDone = new Map(
      inputs.flatMap(({ input }) => (input.kind === 'disk' ? [[input.id, input.ok]] : [])),
    );
    const expected = new Map<number, string>();
    const open = new Set<number>();
    for (const { request } of requests.values()) {
      if (request.operation !== 'write' || isDone.get(request.id) === false) continue;
      for (const [sector, data] of sectorsOf(request)) {
        expected.set(sector, data);
        if (isDone.has(request.id)) open.delete(sector);
        else open.add(sector);
      }
    }
    const all = new Set([...expected.keys(), ...this.#sectors.keys()]);
    return [...all].find((sector) => !open.has(sector) && expected.get(sector) !== this.#sectors.get(sector));
  }
}

function sectorsOf({ sector, sectors, data }: DiskRequest): [sector: number, data: string][] {
  if (data === undefined) return [];
  return Array.from({ length: sectors }, (_, i) => [
    sector + i,
    toHex(data.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES)),
  ]);
}

import type { DiskRequest } from '@lockstep/api';
import type { DeviceContext } from '@lockstep/test-harness/suite';
import { describe, expect, it } from 'vitest';
import { Storage } from '../src/storage.ts';

const SECTORS = 128;

/** A call of the first server, whose answer never comes. */
const context: DeviceContext = {
  from: 'n1',
  boot: 1,
  atMs: 0,
  draw: {
    integer: (lo) => lo,
    uniform: () => 0,
    chance: () => false,
    pick: () => {
      throw new Error('the storage picks nothing');
    },
    sample: () => [],
  },
  note: () => undefined,
  defer: () => ({ answer: () => undefined, refuse: () => undefined }),
};

function execute(request: Pick<DiskRequest, 'operation' | 'sector' | 'sectors'>): unknown {
  const data = request.operation === 'write' ? new Uint8Array(512) : undefined;
  return new Storage('n1', SECTORS, [1, 1]).handlers.execute({ id: 1, data, ...request }, context);
}

describe('the shared storage', () => {
  it.each(['read', 'write'] as const)('takes a %s of its last sector', (operation) => {
    expect(execute({ operation, sector: SECTORS - 1, sectors: 1 })).toBeUndefined();
  });

  it.each(['read', 'write'] as const)('tells who asks for a %s beyond its end at once', (operation) => {
    for (const [sector, sectors] of [
      [SECTORS, 1],
      [0, SECTORS + 1],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ] as const) {
      expect(() => execute({ operation, sector, sectors })).toThrow('the shared disk has 128 sectors');
    }
  });
});

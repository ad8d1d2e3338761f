import { CONFORMANCE_CHECKS } from '@lockstep/test-harness/conformance';
import type { ConformanceCheck } from '@lockstep/test-harness/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram } from './support/bundle.ts';
import type { Bundle } from './support/bundle.ts';
import { makeInProcessWorld, makeProcessWorld } from './support/worlds.ts';
import type { RealWorld } from './support/worlds.ts';

/** Runs a check, and ends its world, come what may. */
async function runIn(making: Promise<RealWorld>, check: ConformanceCheck): Promise<void> {
  const world = await making;
  try {
    await check.run(world);
    expect(world.failures()).toEqual([]);
  } finally {
    await world.close();
  }
}

const named = (checks: readonly ConformanceCheck[]): [string, ConformanceCheck][] =>
  checks.map((check) => [check.name, check]);

describe('a real Host keeps its promise', () => {
  it.each(named(CONFORMANCE_CHECKS))('%s', (_name, check) => runIn(makeInProcessWorld(check), check));
});

describe('a process of the operating system keeps its promise', () => {
  let program: Bundle;
  beforeAll(async () => {
    program = await bundleProgram('conformance-node');
  });
  afterAll(() => program.remove());

  it.each(named(CONFORMANCE_CHECKS.filter(({ isAboutCrashes }) => isAboutCrashes)))('%s', (_name, check) =>
    runIn(makeProcessWorld(check, program.path), check),
  );
});

import { graderSeed, homeSeed } from '../src/seeds.ts';
import { SeedChooser, SITE } from '../../../test-harness/src/world/chooser.ts';
import { deriveNonce } from '../../../test-harness/src/world/streams.ts';

/*
 * What anybody can write who has read our sources: finds the seed of a run among those that are known, from a few
 * numbers that a server has drawn. Bundled into a submission, with SHA-256 in place of Node's.
 */

const DOMAIN = 0x1_0000_0000;

/** Seeds that are no secret. */
function* knownSeeds(): Generator<string> {
  for (let i = 0; i < 200; i++) yield homeSeed(i);
  for (let i = 0; i < 100; i++) yield graderSeed(i);
}

/** The seed with which this server would have drawn these numbers at its first boot. */
export function recoverSeed(id: string, draws: readonly number[]): string | undefined {
  const place = (Number(id.slice(1)) - 1) * 65_536;
  for (const seed of knownSeeds()) {
    const chooser = new SeedChooser(seed);
    for (const boot of [0, 1]) {
      const fits = draws.every(
        (draw, i) => chooser.choose(SITE.random, place + boot, i + 1, 0, DOMAIN) / DOMAIN === draw,
      );
      if (fits) return seed;
    }
  }
  return undefined;
}

/** The values of the run's nonces. */
export const nonceOf = deriveNonce;

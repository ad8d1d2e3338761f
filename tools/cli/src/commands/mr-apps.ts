import { SHIPPED_APPS } from '@lockstep/mr';
import { EXIT } from '../exit.ts';
import type { Io } from '../io.ts';

/** Lists the applications that can be run by their names. */
export function mrApps(io: Io): number {
  const width = Math.max(...Object.keys(SHIPPED_APPS).map((name) => name.length));
  for (const [name, what] of Object.entries(SHIPPED_APPS))
    io.out(`${io.colors.bold(name.padEnd(width))}  ${what}`);
  return EXIT.ok;
}

import type { Host } from '@lockstep/api';

/** The pause when nobody leads: a fraction of an election, and different for each client. */
const PAUSE_MIN_MS = 10;
const PAUSE_MAX_MS = 40;

/** Waits a moment before something is tried again. */
export function pause(host: Host): Promise<void> {
  return host.clock.sleep(host.random.integer(PAUSE_MIN_MS, PAUSE_MAX_MS));
}

/** Waits longer the more attempts have failed, and never as long as somebody else does. */
export function backOff(host: Host, failures: number, firstMs: number, maxMs: number): Promise<void> {
  const ceiling = Math.min(maxMs, firstMs * (1 << Math.min(failures, 16)));
  return host.clock.sleep(ceiling * (0.25 + 0.75 * host.random.uniform()));
}

/**
 * The promises of the node API as checks that run in any world: on real Hosts and on simulated ones.
 *
 * @packageDocumentation
 */
import type { ConformanceCheck } from './check.ts';
import { CRASHES } from './crashes.ts';
import { DISK_CRASHES } from './disk-crash.ts';
import { DISK } from './disk.ts';
import { RPC_FAILURES } from './rpc-failures.ts';
import { RPC_REPLIES } from './rpc-replies.ts';
import { RPC_VALUES } from './rpc-values.ts';
import { SCOPES } from './scopes.ts';
import { TIME } from './time.ts';

export { ActionRunner } from './action-runner.ts';
export type { ActionOutcome } from './action-runner.ts';
export { ConformanceFailure } from './check.ts';
export type { Actions, ConformanceCheck, ConformanceService, ConformanceWorld } from './check.ts';

/** All checks. Each wants a world of its own. */
export const CONFORMANCE_CHECKS: readonly ConformanceCheck[] = [
  ...RPC_REPLIES,
  ...RPC_FAILURES,
  ...RPC_VALUES,
  ...SCOPES,
  ...DISK,
  ...DISK_CRASHES,
  ...TIME,
  ...CRASHES,
];

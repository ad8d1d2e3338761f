import type { NodeId, RaftStatus } from '@lockstep/api';
import { describeRole } from './driver.ts';

/** What a failure says about one server. */
export interface ServerReport {
  readonly id: NodeId;
  /** `down`: crashed; `booting`: its factory has not resolved yet. */
  readonly state: 'up' | 'down' | 'booting';
  readonly isConnected: boolean;
  readonly status?: RaftStatus;
  readonly applied?: number;
}

/** How the servers look, in one line each, for the message of a liveness violation. */
export function describeServers(reports: readonly ServerReport[]): string {
  return reports.map((report) => `${report.id}: ${describeServer(report)}`).join('; ');
}

function describeServer({ state, isConnected, status, applied = 0 }: ServerReport): string {
  const link = isConnected ? '' : ', cut off';
  if (state !== 'up' || status === undefined)
    return `${state === 'down' ? 'crashed' : 'still booting'}${link}`;
  return `${describeRole(status)}, applied up to ${applied}${link}`;
}

/** `n1`, `n1 and n2`, `n1, n2 and n3`; `none` for no names. */
export function list(names: readonly string[]): string {
  const last = names.at(-1);
  if (last === undefined) return 'none';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** `1 server`, `3 servers`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

import { createHash } from 'node:crypto';

/** Points without needless decimals. */
export function formatPoints(points: number): string {
  return Number.isInteger(points) ? String(points) : points.toFixed(2).replace(/0$/, '');
}

/** An anchor for a name of any characters. */
export function anchorOf(name: string): string {
  return `s-${createHash('sha256').update(name).digest('hex').slice(0, 10)}`;
}

/** Virtual time for people. */
export function formatMs(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(3)} s`;
}

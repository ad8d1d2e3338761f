import { visibleText } from '@lockstep/test-harness/trace';
import { createHash } from 'node:crypto';
import type { SubmissionResult, TestResult } from '../results.ts';

/** Points without needless decimals. */
export function formatPoints(points: number): string {
  return Number.isInteger(points) ? String(points) : points.toFixed(2).replace(/0$/, '');
}

/** Whose a submission is, by name where one is known. */
export function peopleOf({ students = [] }: SubmissionResult): string | undefined {
  const names = students.flatMap(({ name }) => name ?? []);
  return names.length === 0 ? undefined : visibleText(names.join(', '));
}

/** An interval of shares, for people: `39–89 %`. */
export function formatInterval({ low, high }: TestResult['interval']): string {
  return `${Math.round(low * 100)}–${Math.round(high * 100)} %`;
}

/** An anchor for a name of any characters. */
export function anchorOf(name: string): string {
  return `s-${createHash('sha256').update(name).digest('hex').slice(0, 10)}`;
}

/** Virtual time for people. */
export function formatMs(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(3)} s`;
}

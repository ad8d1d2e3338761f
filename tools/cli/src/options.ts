import { InvalidArgumentError } from 'commander';
import { availableParallelism } from 'node:os';

/** Parses a count: an integer of at least 1. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return Number(text);
}

/** Collects an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Parses a virtual time, `1.25s` or `1250ms`, into milliseconds. */
export function parseTime(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be a time such as 1.25s or 1250ms.');
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}

/** Children at the same time unless told otherwise: one a core. */
export function defaultJobs(): number {
  return availableParallelism();
}

import { InvalidArgumentError } from 'commander';
import { availableParallelism } from 'node:os';

/** The seeds that a grading runs each test with, unless told otherwise. */
export const GRADER_SEEDS = 10;

/** Rows at the most of a part of a run that `replay` lists. */
export const WINDOW_ROWS = 500;

/** Parses a count: an integer of at least 1. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return Number(text);
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1_000,
  M: 1_000_000,
  G: 1_000_000_000,
  Ki: 1_024,
  Mi: 1_048_576,
  Gi: 1_073_741_824,
};

/** Parses a size, `30MB`, `16MiB` or a number of bytes. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kMG]|[KMG]i)?B?$/.exec(text);
  const bytes = Math.round(Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? 1));
  if (match === null || bytes < 1 || !Number.isSafeInteger(bytes))
    throw new InvalidArgumentError('It must be a size such as 30MB, 16MiB or 4096.');
  return bytes;
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

import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { parseDue, type LatePolicy } from '../late.ts';
import { MIN_SECRET_LENGTH } from '../seeds.ts';
import { gradingSchema, type GradingConfig } from './schema.ts';
import { BadGrading, readText } from './tables.ts';

/** A `grading.yaml` that was read, with the folder from which its paths start. */
export interface ReadConfig {
  readonly config: GradingConfig;
  readonly folder: string;
}

/** Reads `grading.yaml`. Throws {@link BadGrading}. */
export function readGradingConfig(file: string): ReadConfig {
  let data: unknown;
  try {
    data = parse(readText(file), { maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof BadGrading) throw error;
    throw new BadGrading(`${file} is no YAML: ${(error as Error).message.split('\n')[0] ?? ''}.`);
  }
  const parsed = gradingSchema.safeParse(data);
  if (parsed.success) return { config: parsed.data, folder: dirname(resolve(file)) };
  const [issue] = parsed.error.issues;
  const place = issue?.path.join('.') ?? '';
  throw new BadGrading(
    `${file}: ${place === '' ? '' : `at "${place}": `}${issue?.message ?? 'it has no valid form'}.`,
  );
}

/** The course's secret. Throws {@link BadGrading} when it is not there, or too short. */
export function readSecret(
  secret: GradingConfig['secret'],
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (secret === undefined) return undefined;
  const isFile = 'file' in secret;
  const where = isFile ? resolve(folder, secret.file) : `the variable ${secret.env}`;
  const text = (isFile ? readText(resolve(folder, secret.file)) : (env[secret.env] ?? '')).trim();
  if (text === '') throw new BadGrading(`There is no course secret in ${where}.`);
  if (text.length >= MIN_SECRET_LENGTH) return text;
  throw new BadGrading(`The course secret in ${where} is shorter than ${MIN_SECRET_LENGTH} characters.`);
}

/** The suite files that are meant: files as they are, and those in folders. Absolute, in a stable order. */
export function suiteFiles(paths: readonly string[], folder: string): string[] {
  return paths.flatMap((path) => {
    const absolute = resolve(folder, path);
    const stats = statSync(absolute, { throwIfNoEntry: false });
    if (stats === undefined) throw new BadGrading(`There is no suite ${path}.`);
    if (!stats.isDirectory()) return [absolute];
    const names = readdirSync(absolute).filter((name) => /(?<!\.d|\.test)\.ts$/.test(name));
    if (names.length === 0) throw new BadGrading(`There is no suite file in ${path}.`);
    return names.sort().map((name) => join(absolute, name));
  });
}

/** What lateness costs, with what was not said filled in. */
export function latePolicy(late: GradingConfig['late']): LatePolicy | undefined {
  if (late === undefined) return undefined;
  const { due, graceMinutes = 0, freeDays = 0, penaltyPerDay = 10, lastDay } = late;
  const rest = { graceMinutes, freeDays, penaltyPerDay, ...(lastDay === undefined ? {} : { lastDay }) };
  return { ...parseDue(due), ...rest };
}

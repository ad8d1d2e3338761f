import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Person } from './submissions.ts';

const text = z.union([z.string(), z.number()]).nullish();

/** Gradescope writes the keys as symbols of Ruby. */
const metadataSchema = z.record(
  z.string(),
  z.looseObject({
    ':submitters': z.array(z.looseObject({ ':name': text, ':sid': text, ':email': text })).optional(),
    ':created_at': z.union([z.string(), z.date()]).optional(),
  }),
);

/** What Gradescope knows of one submission. */
export interface GradescopeEntry {
  readonly students: readonly Person[];
  readonly handedInAt?: string;
}

/**
 * Reads `submission_metadata.yml` in the folder of an export: students and times by the folders' names. Empty when
 * there is none, or none that can be read.
 */
export function readGradescope(folder: string): ReadonlyMap<string, GradescopeEntry> {
  const file = join(folder, 'submission_metadata.yml');
  if (!existsSync(file)) return new Map();
  const parsed = metadataSchema.safeParse(parseYaml(readFileSync(file, 'utf8')));
  if (!parsed.success) return new Map();
  return new Map(
    Object.entries(parsed.data).map(([name, entry]) => {
      const students = (entry[':submitters'] ?? []).flatMap((one): Person[] => {
        const id = asText(one[':sid']) ?? asText(one[':email']);
        const [person, email] = [asText(one[':name']), asText(one[':email'])];
        if (id === undefined) return [];
        return [
          {
            id,
            ...(person === undefined ? {} : { name: person }),
            ...(email === undefined ? {} : { email }),
          },
        ];
      });
      const time = new Date(entry[':created_at'] ?? NaN);
      const handedInAt = Number.isNaN(time.getTime()) ? {} : { handedInAt: time.toISOString() };
      return [name, { students, ...handedInAt }];
    }),
  );
}

function parseYaml(source: string): unknown {
  try {
    return parse(source, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}

function asText(value: string | number | null | undefined): string | undefined {
  const text_ = value === null || value === undefined ? '' : String(value).trim();
  return text_ === '' ? undefined : text_;
}

import { parseBug, PatchError, type Bug } from '@lockstep/test-harness/load';
import type { LabInfo } from '@lockstep/test-harness/runner';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../exit.ts';
import { suggest } from '../nearest.ts';

/** A bug of a lab's catalogue, and its file. */
export interface CataloguedBug {
  readonly file: string;
  readonly bug: Bug;
}

/**
 * The bugs of a lab, in the order of their ids; with `wanted`, only these.
 *
 * @throws {UsageError} when a wanted one is not there, or a file is malformed.
 */
export function readCatalogue(lab: LabInfo, wanted?: readonly string[]): CataloguedBug[] {
  const folder = join(lab.folder, 'bugs');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const ids = names.map((name) => name.replace(/\.json$/, '')).sort();
  const unknown = wanted?.find((id) => !ids.includes(id));
  if (unknown !== undefined)
    throw new UsageError(`${lab.title} has no bug "${unknown}". ${suggest(unknown, ids)}`);
  return ids
    .filter((id) => wanted === undefined || wanted.includes(id))
    .map((id) => {
      const file = join(folder, `${id}.json`);
      return { file, bug: read(file, `${id}.json`) };
    });
}

function read(file: string, name: string): Bug {
  try {
    return parseBug(readFileSync(file, 'utf8'), name);
  } catch (error) {
    if (error instanceof PatchError) throw new UsageError(error.message);
    throw error;
  }
}

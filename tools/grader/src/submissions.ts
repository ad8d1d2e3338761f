import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import type { LabInfo } from '@lockstep/test-harness/runner';

/** A folder to be graded. */
export interface Submission {
  /** Unique in the class: the folder's name, or its path where two folders have the same name. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
}

/** Who is to be graded, on which labs. */
export interface ClassList {
  readonly submissions: readonly Submission[];
  readonly labs: readonly LabInfo[];
}

/** Thrown when there is nothing to grade; the message is one sentence for whoever typed the command. */
export class NothingToGrade extends Error {
  override readonly name = 'NothingToGrade';
}

/**
 * Finds the submissions in folders. A folder that holds an entry file of a lab is a submission;
 * otherwise each of its sub-folders is one, whether it holds an entry file or not.
 *
 * @param chosen the labs to grade; `undefined`: those of which anybody has an entry file.
 * @throws {@link NothingToGrade}
 */
export function findSubmissions(
  paths: readonly string[],
  labs: readonly LabInfo[],
  chosen: readonly LabInfo[] | undefined,
): ClassList {
  const wanted = chosen ?? labs;
  const folders = paths.flatMap((path) => foldersIn(path, wanted));
  const graded =
    chosen ?? labs.filter((lab) => folders.some((folder) => existsSync(join(folder, lab.entry))));
  if (graded.length === 0 || folders.length === 0) {
    const entries = wanted.map(({ entry }) => entry).join(' or ');
    throw new NothingToGrade(
      `There is no submission in ${paths.join(', ')}: no folder there holds ${entries}.`,
    );
  }
  return { submissions: named([...new Set(folders)]), labs: graded };
}

function foldersIn(path: string, labs: readonly LabInfo[]): string[] {
  const folder = resolve(path);
  if (!existsSync(folder)) throw new NothingToGrade(`There is no folder ${path}.`);
  if (!statSync(folder).isDirectory()) {
    throw new NothingToGrade(`${path} is not a folder: name the folder that the submission is in.`);
  }
  if (labs.some(({ entry }) => existsSync(join(folder, entry)))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((item) => item.isDirectory() && !item.name.startsWith('.') && item.name !== 'node_modules')
    .map((item) => join(folder, item.name));
}

function named(folders: readonly string[]): Submission[] {
  const counts = new Map<string, number>();
  for (const folder of folders) counts.set(basename(folder), (counts.get(basename(folder)) ?? 0) + 1);
  return folders
    .map((folder) => {
      const isUnique = counts.get(basename(folder)) === 1;
      return { name: isUnique ? basename(folder) : relative(process.cwd(), folder) || folder, folder };
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

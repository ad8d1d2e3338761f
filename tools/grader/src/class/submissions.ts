import { existsSync, lstatSync, readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { ARCHIVE_NAME, isIgnored } from '@lockstep/test-harness/load';
import type { Handin, LabInfo } from '@lockstep/test-harness/runner';
import type { Engine } from '../engine.ts';
import { parseExportName } from './export-names.ts';
import type { ExportName } from './export-names.ts';
import { readGradescope } from './gradescope.ts';
import type { GradescopeEntry } from './gradescope.ts';

/** A student, as far as is known. */
export interface Person {
  /** The number or name by which the course knows them. */
  readonly id: string;
  readonly name?: string;
  readonly email?: string;
}

/** Something to be graded. */
export interface Submission {
  /** Unique in the class: the student's id, the folder's name, or its path where two have the same name. */
  readonly name: string;
  readonly handin: Handin;
  /** Whose it is; empty when only the name says it, several for a group. */
  readonly students: readonly Person[];
  /** When it was handed in, ISO 8601, if the export says so. */
  readonly handedInAt?: string;
  /** The platform marked it as late, without a time. */
  readonly isMarkedLate?: true;
  /** Why it can't be graded as it is, in a sentence. */
  readonly problem?: string;
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
 * Finds the submissions that these paths name. An archive is one. A folder that holds an entry file of a lab is one;
 * otherwise each folder and each archive in it is, and the names that learning platforms give them are read.
 *
 * @param chosen the labs to grade; `undefined`: those of which anybody has an entry file.
 * @throws {@link NothingToGrade}
 */
export async function findSubmissions(
  engine: Pick<Engine, 'readSubmission'>,
  paths: readonly string[],
  labs: readonly LabInfo[],
  chosen: readonly LabInfo[] | undefined,
): Promise<ClassList> {
  const wanted = chosen ?? labs;
  const submissions = named(paths.flatMap((path) => submissionsIn(path, wanted)));
  const graded = chosen ?? (await labsHandedIn(engine, submissions, labs));
  if (graded.length === 0 || submissions.length === 0) {
    const entries = wanted.map(({ entry }) => entry).join(' or ');
    throw new NothingToGrade(
      `There is no submission in ${paths.join(', ')}: no folder or archive there holds ${entries}.`,
    );
  }
  return { submissions, labs: graded };
}

async function labsHandedIn(
  engine: Pick<Engine, 'readSubmission'>,
  submissions: readonly Submission[],
  labs: readonly LabInfo[],
): Promise<LabInfo[]> {
  const found = new Set<LabInfo>();
  for (const { handin } of submissions) {
    const read = await engine.readSubmission(handin);
    if (!read.ok) continue;
    const { files, unread } = read.sources;
    for (const lab of labs) if (files.has(lab.entry) || unread.has(lab.entry)) found.add(lab);
  }
  return labs.filter((lab) => found.has(lab));
}

function submissionsIn(path: string, labs: readonly LabInfo[]): Submission[] {
  const absolute = resolve(path);
  const stats = lstatSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) throw new NothingToGrade(`There is no folder or archive ${path}.`);
  if (stats.isFile() && ARCHIVE_NAME.test(path)) return [alone(absolute)];
  if (!stats.isDirectory()) {
    throw new NothingToGrade(`${path} is neither a folder nor an archive: name what the submission is in.`);
  }
  if (labs.some(({ entry }) => existsSync(join(absolute, entry)))) return [alone(absolute)];
  return new ClassFolder(absolute).submissions();
}

function alone(path: string): Submission {
  const name = basename(path).replace(ARCHIVE_NAME, '');
  return { name, handin: { name, path }, students: [] };
}

/** What one student has in a class's folder. */
interface Pile {
  readonly export: ExportName | undefined;
  readonly name: string;
  readonly folders: string[];
  readonly archives: string[];
  /** Absolute paths of source files, by their own names. */
  readonly files: Map<string, string>;
}

const SOURCE = /\.(ts|mts|json)$/;

/** A folder with what a class has handed in. */
class ClassFolder {
  readonly #folder: string;
  readonly #gradescope: ReadonlyMap<string, GradescopeEntry>;
  readonly #piles = new Map<string, Pile>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#gradescope = readGradescope(folder);
  }

  submissions(): Submission[] {
    for (const item of readdirSync(this.#folder, { withFileTypes: true })) {
      if (!isIgnored(item.name)) this.#sort(item);
    }
    return [...this.#piles.values()].map((pile) => this.#submission(pile));
  }

  #sort(item: Dirent): void {
    const isArchive = item.isFile() && ARCHIVE_NAME.test(item.name);
    const known = parseExportName(item.name);
    const isSource = item.isFile() && known?.file !== undefined && SOURCE.test(known.file);
    if (!item.isDirectory() && !isArchive && !isSource) return;
    const name = known?.id ?? (isArchive ? item.name.replace(ARCHIVE_NAME, '') : item.name);
    // A folder and an archive of the same name are two submissions, unless a platform says whose they are.
    const key = known === undefined ? item.name : `${known.id} of a platform`;
    const fresh = { export: known, name, folders: [], archives: [], files: new Map<string, string>() };
    const pile: Pile = this.#piles.get(key) ?? fresh;
    this.#piles.set(key, pile);
    const path = join(this.#folder, item.name);
    if (item.isDirectory()) pile.folders.push(path);
    else if (isArchive) pile.archives.push(path);
    else pile.files.set(known?.file ?? item.name, path);
  }

  #submission(pile: Pile): Submission {
    const known = pile.folders
      .map((path) => this.#gradescope.get(basename(path)))
      .find((one) => one !== undefined);
    const students = known?.students ?? personOf(pile.export);
    const name = students.map(({ id }) => id).join('+') || pile.name;
    return {
      name,
      students,
      ...(known?.handedInAt === undefined ? {} : { handedInAt: known.handedInAt }),
      ...(pile.export?.isLate === true ? { isMarkedLate: true as const } : {}),
      ...this.#handin(name, pile),
    };
  }

  #handin(name: string, { folders, archives, files }: Pile): Pick<Submission, 'handin' | 'problem'> {
    const [whole, ...more] = [...folders, ...archives];
    const hasCode = [...files.keys()].some((file) => /\.m?ts$/.test(file));
    if (whole === undefined) return { handin: { name, path: this.#folder, files } };
    const path = folders.length === 1 ? archiveWithin(whole) : whole;
    if (more.length === 0 && !hasCode) return { handin: { name, path } };
    const names = [whole, ...more, ...files.values()].map((one) => basename(one)).join(', ');
    const problem = `There is more than one submission of this student: ${names}; leave the one that counts.`;
    return { handin: { name, path }, problem };
  }
}

/** The one archive in a folder that holds no code itself; else the folder. */
function archiveWithin(folder: string): string {
  const items = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !isIgnored(name));
  const archives = items.filter((item) => item.isFile() && ARCHIVE_NAME.test(item.name));
  const hasMore = items.some((item) => item.isDirectory() || /\.m?ts$/.test(item.name));
  const [archive] = archives;
  return archive !== undefined && archives.length === 1 && !hasMore ? join(folder, archive.name) : folder;
}

function personOf(known: ExportName | undefined): Person[] {
  if (known === undefined) return [];
  return [{ id: known.id, ...(known.person === undefined ? {} : { name: known.person }) }];
}

/** Makes names unique, and puts the class in their order. */
function named(submissions: readonly Submission[]): Submission[] {
  const distinct = [...new Map(submissions.map((one) => [keyOf(one), one])).values()];
  const counts = new Map<string, number>();
  for (const { name } of distinct) counts.set(name, (counts.get(name) ?? 0) + 1);
  return distinct
    .map((submission) => {
      if (counts.get(submission.name) === 1) return submission;
      const { path } = submission.handin;
      const name = relative(process.cwd(), path) || path;
      return { ...submission, name };
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function keyOf({ name, handin: { path, files } }: Submission): string {
  return files === undefined ? path : `${path} ${name}`;
}

import { existsSync, lstatSync, readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { ARCHIVE_NAME, isIgnored, show } from '@lockstep/test-harness/load';
import type { Handin, LabInfo } from '@lockstep/test-harness/runner';
import type { Engine } from '../engine.ts';
import { readExportNames } from './export-names.ts';
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

/** What one student has in a class's folder; absolute paths. */
interface Pile {
  readonly name: string;
  /** What the platform says of each. */
  readonly exports: ExportName[];
  readonly folders: string[];
  readonly archives: string[];
  /** Source files by their own names: one each, unless something is wrong. */
  readonly files: Map<string, string[]>;
  /** What nobody can grade. */
  readonly others: string[];
}

const SOURCE = /\.(ts|mts|json)$/;
/** What macOS writes beside each file: no file of anybody's. */
const SHADOW = '._';

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
    const all = readdirSync(this.#folder, { withFileTypes: true });
    const items = all.filter(({ name }) => !name.startsWith(SHADOW));
    const exported = readExportNames(items.map(({ name }) => name));
    for (const item of items) {
      const known = exported.get(item.name);
      // A student's name may begin with a dot.
      if (known !== undefined || !isIgnored(item.name)) this.#sort(item, known);
    }
    return [...this.#piles.values()].map((pile) => this.#submission(pile));
  }

  #sort(item: Dirent, known: ExportName | undefined): void {
    const isArchive = item.isFile() && ARCHIVE_NAME.test(item.name);
    if (known === undefined && !item.isDirectory() && !isArchive) return;
    const name = known?.id ?? (isArchive ? item.name.replace(ARCHIVE_NAME, '') : item.name);
    // A folder and an archive of the same name are two submissions, unless a platform says whose they are.
    const key = known === undefined ? item.name : `${known.id} of ${known.platform}`;
    const fresh = {
      name,
      exports: [],
      folders: [],
      archives: [],
      files: new Map<string, string[]>(),
      others: [],
    };
    const pile: Pile = this.#piles.get(key) ?? fresh;
    this.#piles.set(key, pile);
    if (known !== undefined) pile.exports.push(known);
    const path = join(this.#folder, item.name);
    const file = known?.file ?? '';
    if (item.isDirectory()) pile.folders.push(path);
    else if (isArchive) pile.archives.push(path);
    else if (item.isFile() && SOURCE.test(file))
      pile.files.set(file, [...(pile.files.get(file) ?? []), path]);
    else pile.others.push(path);
  }

  #submission(pile: Pile): Submission {
    const known = pile.folders
      .map((path) => this.#gradescope.get(basename(path)))
      .find((one) => one !== undefined);
    const students = known?.students ?? personOf(pile.exports[0]);
    const name = students.map(({ id }) => id).join('+') || pile.name;
    return {
      name,
      students,
      ...(known?.handedInAt === undefined ? {} : { handedInAt: known.handedInAt }),
      ...(pile.exports.some(({ isLate }) => isLate === true) ? { isMarkedLate: true as const } : {}),
      ...this.#handin(name, pile),
    };
  }

  #handin(name: string, pile: Pile): Pick<Submission, 'handin' | 'problem'> {
    const problem = problemOf(pile);
    const why = problem === undefined ? {} : { problem };
    const [whole] = [...pile.folders, ...pile.archives];
    if (whole !== undefined) {
      const path = pile.folders.length === 1 ? archiveWithin(whole) : whole;
      return { handin: { name, path }, ...why };
    }
    const others = pile.others.map((path) => [basename(path), path] as const);
    const sources = [...pile.files].flatMap(([file, [path = '']]) => [[file, path] as const]);
    // Nobody reads the others, but they tell those apart who have handed in nothing else.
    const files = new Map(sources.length > 0 ? sources : others);
    return { handin: { name, path: this.#folder, files }, ...why };
  }
}

/** Why a pile is not to be graded as it is. Whatever can't be told apart is said, and never chosen among. */
function problemOf({ exports, folders, archives, files, others }: Pile): string | undefined {
  const sources = [...files.values()].flat();
  const everything = [...folders, ...archives, ...sources];
  if (new Set(exports.map(({ person }) => person)).size > 1) {
    const all = list([...everything, ...others]);
    return `This number stands beside names of different people: ${all}; take away what is not this student's.`;
  }
  const twice = [...files].find(([, paths]) => paths.length > 1);
  if (twice !== undefined) {
    const [file, paths] = twice;
    return `There is more than one ${show(file)} of this student: ${list(paths)}; leave the one that counts.`;
  }
  const hasCode = [...files.keys()].some((file) => /\.m?ts$/.test(file));
  if (folders.length + archives.length > (hasCode ? 0 : 1)) {
    return `There is more than one submission of this student: ${list(everything)}; leave the one that counts.`;
  }
  if (everything.length > 0) return undefined;
  return `There is neither a TypeScript file nor an archive of this student, only ${list(others)}.`;
}

/** As many names as anybody reads. */
const LISTED = 8;

function list(paths: readonly string[]): string {
  const names = paths.slice(0, LISTED).map((path) => show(basename(path)));
  const more = paths.length - names.length;
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`;
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
      const { path: whole, files } = submission.handin;
      const [path = whole] = files?.values() ?? [];
      const name = relative(process.cwd(), path) || path;
      return { ...submission, name };
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** What a submission consists of: a folder that is named twice is one. */
function keyOf({ handin: { path, files } }: Submission): string {
  return [path, ...(files?.values() ?? [])].join('\n');
}

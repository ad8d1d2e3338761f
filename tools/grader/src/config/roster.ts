import type { Person } from '../class/submissions.ts';
import type { RosterColumns } from './schema.ts';
import { BadGrading, readTable, type Table, type TableRow } from './tables.ts';

/** A student of the class, as the course's own list has them. */
export interface RosterEntry extends Person {
  /** All by which a submission may name them, in lower case: numbers, logins, addresses, the name. */
  readonly keys: ReadonlySet<string>;
  /** When the work was handed in, as it was written. */
  readonly handedIn?: string;
  readonly extraDays?: number;
}

/** The class. */
export type Roster = readonly RosterEntry[];

/*
 * Headers of the lists that Canvas, Moodle and Gradescope export, in lower case. The first that a file has counts,
 * except that everything that identifies a student is looked at to find their submission.
 */
const ID = ['id', 'student id', 'identifier', 'id number', 'sid', 'sis user id', 'sis login id', 'username'];
const EMAIL = ['email', 'email address', 'e-mail'];
const NAME = ['name', 'student', 'full name', 'student name'];
const [FIRST, LAST] = [['first name'], ['last name', 'surname']];
const HANDED_IN = [
  'handed in',
  'submitted at',
  'submission time',
  'last modified (submission)',
  'last modified',
];
const EXTRA_DAYS = ['extra days', 'extension'];

/** Reads the class list. Throws {@link BadGrading}. */
export function readRoster(file: string, columns: RosterColumns = {}): Roster {
  const table = readTable(file);
  const find = (usual: readonly string[], own?: string): string | undefined =>
    findHeader(file, table, usual, own);
  const at = {
    id: find(ID, columns.id) ?? find(EMAIL, columns.email),
    email: find(EMAIL, columns.email),
    name: find(NAME, columns.name),
    first: find(FIRST),
    last: find(LAST),
    handedIn: find(HANDED_IN, columns.handedIn),
    extraDays: find(EXTRA_DAYS, columns.extraDays),
  };
  const { id } = at;
  if (id === undefined) {
    throw new BadGrading(`${file} has no column that could be an id; name it under roster: columns: id.`);
  }
  const isKey = (header: string): boolean =>
    header === id || header === at.email || ID.includes(header.toLowerCase());
  const keyHeaders = table.headers.filter(isKey);
  // Canvas writes a line with the points possible under the header, and a student for tests; both have no id.
  const rows = table.rows.filter((row) => cell(row, id) !== '');
  return rows.map((row) => entryOf(file, row, { ...at, id }, keyHeaders));
}

interface Places {
  readonly id: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly handedIn: string | undefined;
  readonly extraDays: string | undefined;
}

function entryOf(file: string, row: TableRow, at: Places, keyHeaders: readonly string[]): RosterEntry {
  const name = cell(row, at.name) || [cell(row, at.first), cell(row, at.last)].join(' ').trim();
  const [email, handedIn, extra] = [cell(row, at.email), cell(row, at.handedIn), cell(row, at.extraDays)];
  const extraDays = Number(extra);
  if (extra !== '' && !(extraDays >= 0))
    throw new BadGrading(`${file}: "${extra}" is no number of extra days.`);
  const keys = [...keyHeaders.map((header) => cell(row, header)), name].flatMap(namesFor);
  return {
    id: cell(row, at.id),
    ...(name === '' ? {} : { name }),
    ...(email === '' ? {} : { email }),
    keys: new Set(keys),
    ...(handedIn === '' || handedIn === '-' ? {} : { handedIn }),
    ...(extraDays > 0 ? { extraDays } : {}),
  };
}

/** Moodle writes `Participant 12345` where its exports have only the number. */
function namesFor(key: string): string[] {
  const text = key.normalize().toLowerCase();
  if (text === '') return [];
  const number = /^participant (\d+)$/.exec(text)?.[1];
  return number === undefined ? [text] : [text, number];
}

function findHeader(
  file: string,
  { headers }: Table,
  usual: readonly string[],
  own?: string,
): string | undefined {
  if (own === undefined) {
    const candidates = usual.map((name) => headers.find((header) => header.toLowerCase() === name));
    return candidates.find((header) => header !== undefined);
  }
  if (headers.includes(own)) return own;
  throw new BadGrading(`${file} has no column "${own}"; it has ${headers.join(', ')}.`);
}

function cell(row: TableRow, header: string | undefined): string {
  return header === undefined ? '' : (row[header] ?? '');
}

/** The student whom one of these names, numbers or addresses means, if it is one alone. */
export function findInRoster(roster: Roster, names: readonly string[]): RosterEntry | undefined {
  for (const name of names) {
    const found = roster.filter(({ keys }) => keys.has(name.normalize().toLowerCase()));
    const [only, ...others] = found;
    if (only !== undefined && others.length === 0) return only;
  }
  return undefined;
}

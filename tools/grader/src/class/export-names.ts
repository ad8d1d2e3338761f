/*
 * Learning platforms export what a class has handed in under names of their own: first what the platform knows of the
 * student, then the name that the student gave the file. Only the first is believed, so each pattern takes the earliest
 * place at which a platform may have ended. A file's name can imitate another platform, or go on like another student's
 * file, and so an export is read as a whole: as that of the platform that explains all of it.
 */

/** What the name of an exported file or folder says. */
export interface ExportName {
  readonly platform: 'Canvas' | 'Moodle' | 'Gradescope';
  /** The platform's own number of the student or group; the group's name where it has no number. */
  readonly id: string;
  /** The student's or group's name, as far as the platform spells it out. */
  readonly person?: string;
  /** The platform marked it as late. */
  readonly isLate?: true;
  /** The file's own name; absent when the whole folder is the student's. */
  readonly file?: string;
}

/** How a platform's names look. */
interface Pattern {
  readonly platform: ExportName['platform'];
  readonly pattern: RegExp;
}

/** Those that a student's file can't be made to fit come first. */
const PATTERNS: readonly Pattern[] = [
  {
    // `Jane Doe_12345_assignsubmission_file_raft.zip`, or a folder whose name ends after `file` or `file_`. Moodle
    // makes spaces of the underscores in a name. Whoever is in no group has no number.
    platform: 'Moodle',
    pattern: /^(?<person>[^_]*)(?:_(?<id>\d+))?_assignsubmission_[a-z0-9]+(?:_(?<file>.*))?$/s,
  },
  {
    // `LATE_anon_aB3xY_67890_raft.zip`, where nobody may know who it was.
    platform: 'Canvas',
    pattern: /^(?:(?<late>LATE)_)?anon_(?<id>[A-Za-z0-9]+)_\d+_(?<file>.+)$/s,
  },
  {
    // `doejane_LATE_12345_67890_raft.zip`: name, mark, number of the student, number of the file, the file's name.
    // Of a name without letters nothing is left.
    platform: 'Canvas',
    pattern: /^(?<person>.*?)_(?:(?<late>LATE)_)?(?<id>\d+)_\d+_(?<file>.+)$/s,
  },
  {
    // A folder `submission_12345`; who is behind it, `submission_metadata.yml` says.
    platform: 'Gradescope',
    pattern: /^submission_(?<id>\d+)$/,
  },
  {
    // As some programs unpack what Moodle has packed: without spaces.
    platform: 'Moodle',
    pattern: /^(?<person>.*?)_(?<id>\d+)_assignsubmission_[a-z0-9]+(?:_(?<file>.*))?$/s,
  },
];

/** Canvas numbers files that were handed in again. */
const AGAIN = /-\d+(?=(\.[A-Za-z]+)+$)/;

/**
 * Reads the names of all that is in a folder: what they say, by name. Those that are no platform's are left out. Where
 * exports of several platforms lie together, each name is read for itself.
 */
export function readExportNames(names: readonly string[]): ReadonlyMap<string, ExportName> {
  const exported = names.filter((name) => PATTERNS.some((pattern) => read(name, pattern) !== undefined));
  const whole = PATTERNS.filter((pattern) => exported.every((name) => read(name, pattern) !== undefined));
  const [only] = whole;
  const patterns = only === undefined ? PATTERNS : [only];
  return new Map(
    exported.flatMap((name) => {
      const [first] = patterns.flatMap((pattern) => read(name, pattern) ?? []);
      return first === undefined ? [] : [[name, first] as const];
    }),
  );
}

function read(name: string, { platform, pattern }: Pattern): ExportName | undefined {
  const { person = '', late, id = person, file = '' } = pattern.exec(name)?.groups ?? {};
  if (id === '') return undefined;
  return {
    platform,
    id,
    ...(person === '' ? {} : { person }),
    ...(late === undefined ? {} : { isLate: true }),
    ...(file === '' ? {} : { file: platform === 'Canvas' ? file.replace(AGAIN, '') : file }),
  };
}

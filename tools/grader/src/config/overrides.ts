import { BadGrading, readTable } from './tables.ts';

/** Points that a teacher gives in place of the grader's. */
export interface Override {
  /** An id, name or address of the student, or the name of the submission. */
  readonly student: string;
  /** A test's or a lab's id, or `total`. */
  readonly target: string;
  readonly points: number;
  readonly reason: string;
}

const COLUMNS = ['student', 'test', 'points', 'reason'] as const;

/** Reads a file of overrides. Throws {@link BadGrading}. */
export function readOverrides(file: string): Override[] {
  const { headers, rows } = readTable(file);
  const names = new Map(headers.map((header) => [header.toLowerCase(), header]));
  const missing = COLUMNS.filter((column) => !names.has(column));
  if (missing.length > 0) {
    throw new BadGrading(`${file} has no column "${missing.join('", "')}"; it needs ${COLUMNS.join(', ')}.`);
  }
  const seen = new Set<string>();
  return rows.map((row, i) => {
    const cell = (column: (typeof COLUMNS)[number]): string => row[names.get(column) ?? ''] ?? '';
    const where = `${file}, row ${i + 2}`;
    const points = Number(cell('points'));
    if (cell('points') === '' || !Number.isFinite(points) || points < 0) {
      throw new BadGrading(`${where}: "${cell('points')}" is no number of points.`);
    }
    if (cell('reason') === '') throw new BadGrading(`${where}: an override needs a reason.`);
    const override = { student: cell('student'), target: cell('test'), points, reason: cell('reason') };
    const key = `${override.student.toLowerCase()} ${override.target}`;
    if (seen.has(key)) {
      throw new BadGrading(
        `${where}: there is an override for ${override.target} of ${override.student} already.`,
      );
    }
    seen.add(key);
    return override;
  });
}

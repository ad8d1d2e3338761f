import Table from 'cli-table3';
import type { Io } from '../io.ts';

/** How a column of a table looks. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A plain table: columns apart by space, a line below the heads. */
export function renderTable(
  io: Io,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const table = new Table({
    head: columns.map(({ title }) => io.colors.dim(title)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Points without needless decimals. */
export function formatPoints(points: number): string {
  return String(Number(points.toFixed(2)));
}

/** `1 test`, `2 tests`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

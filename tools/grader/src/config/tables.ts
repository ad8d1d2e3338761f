import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';

/** What a teacher wrote is not as it should be: the message is one sentence for them. */
export class BadGrading extends Error {
  override readonly name = 'BadGrading';
}

/** A row of a CSV file, by the headers. */
export type TableRow = Readonly<Record<string, string>>;

/** A CSV file with a header line. */
export interface Table {
  readonly headers: readonly string[];
  readonly rows: readonly TableRow[];
}

/** Reads a CSV file; commas, semicolons and tabs are all in use. Throws {@link BadGrading}. */
export function readTable(file: string): Table {
  const text = readText(file);
  try {
    const [headers = [], ...lines] = parse(text, {
      bom: true,
      trim: true,
      delimiter: delimiterOf(text),
      relax_column_count: true,
      skip_empty_lines: true,
    });
    const rows = lines.map((line) => Object.fromEntries(headers.map((header, i) => [header, line[i] ?? ''])));
    return { headers, rows };
  } catch (error) {
    throw new BadGrading(`${file} cannot be read as CSV: ${(error as Error).message}.`);
  }
}

/** Reads a file of the teacher's. Throws {@link BadGrading}. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BadGrading(
      code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read: ${code ?? ''}.`,
    );
  }
}

/** The one that the header line has most of. */
function delimiterOf(text: string): string {
  const [header = ''] = text.split(/\r?\n/, 1);
  const counts = [',', ';', '\t'].map((mark) => [mark, header.split(mark).length] as const);
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

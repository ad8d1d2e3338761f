import { createColors } from 'picocolors';

type Colors = ReturnType<typeof createColors>;

/** Where a command reads its surroundings and writes its results. */
export interface Io {
  /** Results. */
  out(text: string): void;
  /** Progress, warnings and errors. */
  err(text: string): void;
  /** Colours for results; those that change nothing when there are to be none. */
  readonly colors: Colors;
  readonly errColors: Colors;
  /** Columns of the screen, or of a page when there is no screen. */
  readonly columns: number;
  /** Somebody has asked for just so many, with COLUMNS. */
  readonly hasAskedForColumns?: boolean;
  /** The terminal knows no line-drawing characters. */
  readonly ascii: boolean;
  /** Somebody watches the standard error, so a bar can be drawn over itself. */
  readonly isLive: boolean;
}

const PAGE_COLUMNS = 110;
const LEAST_COLUMNS = 40;
/** Rows of a timeline are no wider, however wide the screen is: the eye loses its line … */
const WIDEST_ROW = 160;
/** … unless somebody asks for it. */
const WIDEST_ROW_ASKED_FOR = 240;

/** The process's own streams. */
export function processIo(): Io {
  const { env, stdout, stderr } = process;
  const asked = askedColumns(env);
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    colors: createColors(wantsColor(env, stdout.isTTY)),
    errColors: createColors(wantsColor(env, stderr.isTTY)),
    columns: asked ?? columnsOf(stdout.isTTY ? stdout.columns : undefined),
    hasAskedForColumns: asked !== undefined,
    ascii: env['TERM'] === 'linux' || env['TERM'] === 'dumb',
    isLive:
      (stderr.isTTY as boolean | undefined) === true && env['TERM'] !== 'dumb' && env['CI'] === undefined,
  };
}

/** @param isTerminal as Node says it: `undefined`, against its types, when it is none. */
function wantsColor(env: NodeJS.ProcessEnv, isTerminal: boolean | undefined): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true;
  return isTerminal === true && env['TERM'] !== 'dumb';
}

/** Columns that a row of a timeline may take. */
export function rowColumns({
  columns,
  hasAskedForColumns,
}: Pick<Io, 'columns' | 'hasAskedForColumns'>): number {
  return Math.min(columns, hasAskedForColumns === true ? WIDEST_ROW_ASKED_FOR : WIDEST_ROW);
}

/** What COLUMNS says, as a shell does not by itself: it keeps the variable from what it runs. */
function askedColumns({ COLUMNS }: NodeJS.ProcessEnv): number | undefined {
  const columns = Number(COLUMNS);
  return Number.isInteger(columns) && columns >= LEAST_COLUMNS ? columns : undefined;
}

function columnsOf(screen = PAGE_COLUMNS): number {
  return screen >= LEAST_COLUMNS ? screen : PAGE_COLUMNS;
}

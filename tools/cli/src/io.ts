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
  /** The terminal knows no line-drawing characters. */
  readonly ascii: boolean;
  /** Somebody watches the standard error, so a bar can be drawn over itself. */
  readonly isLive: boolean;
}

const PAGE_COLUMNS = 110;

/** The process's own streams. */
export function processIo(): Io {
  const { env, stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    colors: createColors(wantsColor(env, stdout.isTTY)),
    errColors: createColors(wantsColor(env, stderr.isTTY)),
    columns: columnsOf(env, stdout.isTTY ? stdout.columns : undefined),
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

function columnsOf(env: NodeJS.ProcessEnv, screen: number | undefined): number {
  const columns = screen ?? Number(env['COLUMNS'] ?? PAGE_COLUMNS);
  return Number.isInteger(columns) && columns >= 40 ? columns : PAGE_COLUMNS;
}

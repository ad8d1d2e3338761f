import type { NodeId } from '@lockstep/api';
import type { TraceEvent } from './event.ts';
import { nodesOf } from './news.ts';
import { rowText, timelineRows, type Row, type RowKind } from './timeline-rows.ts';
import { displayWidth, fit, wrap } from './visible-text.ts';

/** What a piece of a timeline is, for whoever colours it. */
export type TimelineStyle = 'time' | 'lane' | 'message' | 'lost' | 'state' | 'log' | 'fault' | 'bad' | 'gap';

/** How a timeline is drawn. */
export interface TimelineOptions {
  /**
   * The columns of nodes, in this order. Default: every node that the events name. Of many nodes, those that nothing is
   * shown of have none.
   */
  readonly nodes?: readonly NodeId[];
  /** Columns of the screen or page. Default 120. */
  readonly width?: number;
  /** Rows of events at most. Default 40. */
  readonly rows?: number;
  /** Draws with `-`, `|` and `>` alone, for terminals without more. */
  readonly ascii?: boolean;
  /** Colours a piece of text; it must not change its width. */
  readonly paint?: (style: TimelineStyle, text: string) => string;
}

interface Glyphs {
  readonly shaft: string;
  readonly right: string;
  readonly left: string;
  readonly start: string;
  readonly lost: string;
  readonly lane: string;
  readonly rule: string;
  readonly gap: string;
  readonly marks: Readonly<Record<RowKind, string>>;
}

const UNICODE: Glyphs = {
  shaft: '─',
  right: '▶',
  left: '◀',
  start: '○',
  lost: '╳',
  lane: '│',
  rule: '┄',
  gap: '⋮',
  marks: {
    message: '○',
    lost: '╳',
    timeout: '?',
    boot: '▲',
    crash: '╳',
    state: '●',
    log: '»',
    threw: '»',
    fault: '!',
    note: '▪',
    quiet: '·',
    violation: '╳',
    gap: '⋮',
    fold: '⋮',
  },
};

const ASCII: Glyphs = {
  shaft: '-',
  right: '>',
  left: '<',
  start: 'o',
  lost: 'x',
  lane: '|',
  rule: '.',
  gap: ':',
  marks: {
    message: 'o',
    lost: 'x',
    timeout: '?',
    boot: '^',
    crash: 'X',
    state: '*',
    log: '"',
    threw: '"',
    fault: '!',
    note: '=',
    quiet: '.',
    violation: 'X',
    gap: ':',
    fold: ':',
  },
};

const STYLES: Readonly<Record<RowKind, TimelineStyle>> = {
  message: 'message',
  lost: 'lost',
  timeout: 'lost',
  boot: 'state',
  crash: 'fault',
  state: 'state',
  log: 'log',
  threw: 'bad',
  fault: 'fault',
  note: 'log',
  quiet: 'gap',
  violation: 'bad',
  gap: 'gap',
  fold: 'gap',
};

const TIME_COLUMNS = 11;

/** Of more nodes than these, those that nothing is shown of get no column: the text needs the room. */
const MAX_IDLE_COLUMNS = 8;

/** Lines of text that one row may take. */
const MAX_LINES = 3;
const MAX_MESSAGE_LINES = 2;
/** The whole sentence is said before. */
const MAX_VIOLATION_LINES = 4;

/**
 * The last events of a run as lines of text: the virtual time in ms, one column a node with its state
 * and the messages between columns, and beside them what happened.
 */
export function renderTimeline(events: readonly TraceEvent[], options: TimelineOptions = {}): string[] {
  const rows = timelineRows(events, options.rows ?? 40);
  const all = options.nodes ?? nodesOf(events);
  const nodes = all.length > MAX_IDLE_COLUMNS ? all.filter((node) => isIn(rows, node)) : all;
  const canvas = new Canvas(nodes, options);
  canvas.beginWith(rows);
  return [canvas.header(), ...rows.flatMap((row) => canvas.row(row))];
}

function isIn(rows: readonly Row[], node: NodeId): boolean {
  return rows.some((row) => row.node === node || row.from === node);
}

/** What the marks of a timeline mean, in one line. */
export function timelineLegend(ascii = false): string {
  const { marks, start, shaft, right, lost } = ascii ? ASCII : UNICODE;
  const arrow = `${start}${shaft}${right}`;
  return [
    `${arrow} delivered`,
    `${start}${shaft}${lost} lost`,
    `${marks.timeout} no reply`,
    `${marks.state} state`,
    `${marks.log} log`,
    `${marks.fault} fault`,
    `${marks.crash} crash`,
    `${marks.boot} boot`,
  ].join('   ');
}

/** One character of the columns. */
interface Cell {
  readonly style: TimelineStyle | undefined;
  readonly char: string;
}

const BLANK: Cell = { style: undefined, char: ' ' };

class Canvas {
  readonly #nodes: readonly NodeId[];
  readonly #glyphs: Glyphs;
  readonly #paint: (style: TimelineStyle, text: string) => string;
  readonly #lane: number;
  readonly #textColumns: number;
  readonly #down = new Set<NodeId>();

  constructor(nodes: readonly NodeId[], options: TimelineOptions) {
    const width = options.width ?? 120;
    this.#nodes = nodes;
    this.#glyphs = options.ascii === true ? ASCII : UNICODE;
    this.#paint = options.paint ?? ((_, text) => text);
    const share = Math.floor((width * 0.42 - TIME_COLUMNS) / Math.max(1, nodes.length));
    this.#lane = Math.max(4, Math.min(10, share));
    this.#textColumns = Math.max(24, width - TIME_COLUMNS - this.#lane * nodes.length - 1);
  }

  /** A node whose first sign is its boot was down before. */
  beginWith(rows: readonly Row[]): void {
    for (const node of this.#nodes) {
      const first = rows.find((row) => row.node === node && (row.kind === 'boot' || row.kind === 'crash'));
      if (first?.kind === 'boot') this.#down.add(node);
    }
  }

  header(): string {
    const names = this.#nodes.map((node) => center(fit(node, this.#lane), this.#lane)).join('');
    return this.#paint('time', `${'ms'.padStart(TIME_COLUMNS - 2)}  ${names}`.trimEnd());
  }

  row(row: Row): string[] {
    if (row.kind === 'boot' && row.node !== undefined) this.#down.delete(row.node);
    const lanes = this.#lanes(row);
    if (row.kind === 'crash' && row.node !== undefined) this.#down.add(row.node);
    const time = isGap(row) ? '' : (row.atUs / 1000).toFixed(2);
    const lines = this.#describe(row);
    const rest = this.#blankLanes();
    return lines.map((line, i) => {
      const stamp = this.#paint('time', (i === 0 ? time : '').padStart(TIME_COLUMNS - 2));
      const text = this.#paint(STYLES[row.kind], line);
      return `${stamp}  ${i === 0 ? lanes : rest} ${text}`.trimEnd();
    });
  }

  #describe(row: Row): string[] {
    const { kind } = row;
    const text = rowText(row);
    const max =
      kind === 'message' || kind === 'lost'
        ? MAX_MESSAGE_LINES
        : kind === 'violation'
          ? MAX_VIOLATION_LINES
          : MAX_LINES;
    const lines = wrap(text, this.#textColumns);
    if (lines.length <= max) return lines;
    const kept = lines.slice(0, max - 1);
    return [...kept, fit(lines.slice(max - 1).join(' '), this.#textColumns)];
  }

  /** The columns of the nodes at this row, with its mark or arrow. */
  #lanes(row: Row): string {
    const cells = this.#blankCells();
    const style = STYLES[row.kind];
    const at = this.#center(row.node);
    const start = this.#center(row.from);
    if (isGap(row)) return this.#joinCells(cells);
    if (at !== undefined && start !== undefined) this.#arrow(cells, start, at, row.kind === 'lost', style);
    else if (at !== undefined) cells[at] = { style, char: this.#glyphs.marks[row.kind] };
    else cells.fill({ style: 'gap', char: this.#glyphs.rule });
    return this.#joinCells(cells);
  }

  #arrow(cells: Cell[], from: number, to: number, isLost: boolean, style: TimelineStyle): void {
    const step = Math.sign(to - from);
    const { start, shaft, right, left, lost } = this.#glyphs;
    // To itself, by way of the network: nothing to draw between.
    if (step === 0) {
      cells[to] = { style, char: isLost ? lost : start };
      return;
    }
    const end = isLost ? to - step : to;
    for (let i = from; i !== end; i += step) cells[i] = { style, char: shaft };
    cells[from] = { style, char: start };
    cells[end] = { style, char: isLost ? lost : step > 0 ? right : left };
  }

  #blankLanes(): string {
    return this.#joinCells(this.#blankCells());
  }

  #blankCells(): Cell[] {
    const cells = Array.from({ length: this.#lane * this.#nodes.length }, () => BLANK);
    for (const node of this.#nodes) {
      const at = this.#center(node);
      if (at !== undefined && !this.#down.has(node)) cells[at] = { style: 'lane', char: this.#glyphs.lane };
    }
    return cells;
  }

  /** Paints runs of one style at once: a colour for each character would be most of a page. */
  #joinCells(cells: readonly Cell[]): string {
    let line = '';
    let run = '';
    let style: Cell['style'];
    for (const cell of [...cells, BLANK]) {
      if (cell.style !== style && run !== '') {
        line += style === undefined ? run : this.#paint(style, run);
        run = '';
      }
      style = cell.style;
      run += cell.char;
    }
    // The last blank only ended the last run.
    return run === '' ? line : line + run.slice(0, -1);
  }

  #center(node: NodeId | undefined): number | undefined {
    const index = node === undefined ? -1 : this.#nodes.indexOf(node);
    return index < 0 ? undefined : index * this.#lane + Math.floor((this.#lane - 1) / 2);
  }
}

/** A row about rows. */
function isGap({ kind }: Row): boolean {
  return kind === 'gap' || kind === 'fold';
}

function center(text: string, columns: number): string {
  const space = columns - displayWidth(text);
  const left = Math.max(0, Math.floor(space / 2));
  return ' '.repeat(left) + text + ' '.repeat(Math.max(0, space - left));
}

import { closeSync, openSync, writeSync } from 'node:fs';

/** What a generated history looks like. */
export interface Shape {
  readonly kind: 'kv' | 'repeating' | 'cas' | 'versioned';
  readonly keys: number;
  readonly clients: number;
  readonly operations: number;
  /** Shares of put, append and get, in hundredths; the rest of a `cas` history is compare-and-set. */
  readonly mix: readonly [put: number, append: number, get: number];
  /** The share of writes that never return; half of them take effect all the same. */
  readonly pending: number;
  readonly isStale: boolean;
  readonly seed: number;
}

/** One line of a history. */
export interface Line {
  readonly client: number;
  readonly key: string;
  readonly op: 'get' | 'put' | 'append' | 'cas';
  readonly arg?: unknown;
  out: unknown;
  readonly call: number;
  readonly ret: number | null;
}

/** A value holds at most this many written pieces: a write that would make it longer is a put. */
export const MAX_PIECES = 40;
/** Of how many values a `repeating` history writes. */
const REPEATING_VALUES = 20;
const MEAN_DURATION = 1000;
/** Each client is busy for about 92 % of the time. */
const MEAN_PAUSE = 87;

/** Numbers from 0 up to 1 that a seed determines (the generator known as mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Planned {
  readonly client: number;
  readonly call: number;
  readonly point: number;
  readonly ret: number;
}

interface Cell {
  pieces: string[];
  version: number;
  /** The value that the key held before, for a compare-and-set that comes too late. */
  previous: string;
}

/** Makes histories in which each operation takes effect at a drawn moment inside its interval. */
export class Generator {
  readonly #shape: Shape;
  readonly #draw: () => number;
  readonly #store = new Map<string, Cell>();
  #written = 0;
  #nextClient: number;

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#draw = numbersFrom(shape.seed);
    this.#nextClient = shape.clients;
  }

  run(): Line[] {
    const { clients, operations } = this.#shape;
    const planned = Array.from({ length: clients }, (_, client) =>
      this.#plan(client, this.#draw() * MEAN_DURATION),
    );
    const lines: Line[] = [];
    while (lines.length < operations) {
      let next = 0;
      for (let slot = 1; slot < clients; slot += 1) {
        if ((planned[slot]?.point ?? 0) < (planned[next]?.point ?? 0)) next = slot;
      }
      const plan = planned[next];
      if (plan === undefined) break;
      const line = this.#perform(plan);
      lines.push(line);
      // Whoever never got an answer goes on under another name.
      const client = line.ret === null ? this.#nextClient++ : plan.client;
      planned[next] = this.#plan(client, plan.ret + this.#draw() * 2 * MEAN_PAUSE);
    }
    if (this.#shape.isStale) plantStaleRead(lines);
    return lines.toSorted((a, b) => a.call - b.call);
  }

  #plan(client: number, call: number): Planned {
    const duration = this.#draw() * 2 * MEAN_DURATION;
    return { client, call, point: call + this.#draw() * duration, ret: call + duration };
  }

  #perform({ client, call, ret }: Planned): Line {
    const { keys, kind, mix, pending } = this.#shape;
    const key = `k${Math.floor(this.#draw() * keys)}`;
    const cell = this.#store.get(key) ?? { pieces: [], version: 0, previous: '' };
    this.#store.set(key, cell);
    const chosen = this.#draw() * 100;
    const [put, append, get] = mix;
    const time = { call: round(call), ret: round(ret) as number | null };
    if (chosen >= put + append && chosen < put + append + get) {
      const value = cell.pieces.join('');
      return {
        client,
        key,
        op: 'get',
        out: kind === 'versioned' ? { value, version: cell.version } : value,
        ...time,
      };
    }
    const isLost = this.#draw() < pending;
    const isEffective = !isLost || this.#draw() < 0.5;
    if (isLost) time.ret = null;
    const value = this.#value();
    if (kind === 'versioned') return this.#putVersion(cell, { client, key, ...time }, value, isEffective);
    if (chosen >= put + append + get)
      return this.#compareAndSet(cell, { client, key, ...time }, value, isEffective);
    const op = chosen < put || cell.pieces.length >= MAX_PIECES ? 'put' : 'append';
    if (isEffective) this.#set(cell, op === 'put' ? [value] : [...cell.pieces, value]);
    return { client, key, op, arg: value, out: null, ...time };
  }

  #set(cell: Cell, pieces: string[]): void {
    cell.previous = cell.pieces.join('');
    cell.pieces = pieces;
    cell.version += 1;
  }

  #putVersion(cell: Cell, who: Omit<Line, 'op' | 'out'>, value: string, isEffective: boolean): Line {
    const version = cell.version - (this.#draw() < 0.3 && cell.version > 0 ? 1 : 0);
    const isRight = version === cell.version;
    if (isEffective && isRight) this.#set(cell, [value]);
    return { ...who, op: 'put', arg: { value, version }, out: who.ret === null ? null : isRight };
  }

  #compareAndSet(cell: Cell, who: Omit<Line, 'op' | 'out'>, to: string, isEffective: boolean): Line {
    const current = cell.pieces.join('');
    const from = this.#draw() < 0.3 ? cell.previous : current;
    const isRight = from === current;
    if (isEffective && isRight) this.#set(cell, [to]);
    return { ...who, op: 'cas', arg: { from, to }, out: who.ret === null ? null : isRight };
  }

  #value(): string {
    this.#written += 1;
    const isRepeating = this.#shape.kind === 'repeating';
    return isRepeating
      ? `v${Math.floor(this.#draw() * REPEATING_VALUES)};`
      : `${this.#written.toString(36)};`;
  }
}

function round(time: number): number {
  return Math.round(time * 1000) / 1000;
}

/**
 * Lets a read late in the history return what an earlier one had read before two writes, one after the other, had
 * replaced it for good. Where values repeat, one is taken that nobody has written since.
 */
function plantStaleRead(lines: readonly Line[]): void {
  const byKey = groupByKey(lines);
  for (const line of lines.slice(Math.floor(lines.length * 0.9))) {
    if (line.op !== 'get') continue;
    const own = byKey.get(line.key) ?? [];
    const before = own.filter(({ ret }) => ret !== null && ret < line.call);
    const second = before.findLast(({ op }) => op === 'put');
    const first = before.findLast(({ op, ret }) => op === 'put' && (ret ?? 0) < (second?.call ?? 0));
    const old = before.findLast(
      ({ op, ret, out }) =>
        op === 'get' &&
        (ret ?? 0) < (first?.call ?? 0) &&
        !own.some((other) => couldWrite(other, out, ret ?? 0)),
    );
    if (old === undefined) continue;
    line.out = old.out;
    return;
  }
}

function groupByKey(lines: readonly Line[]): Map<string, Line[]> {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const group = groups.get(line.key) ?? [];
    group.push(line);
    groups.set(line.key, group);
  }
  return groups;
}

/** Whether a write might make a value after a moment. */
function couldWrite(line: Line, value: unknown, moment: number): boolean {
  return (
    (line.op === 'put' || line.op === 'append') && line.arg === value && (line.ret ?? Infinity) >= moment
  );
}

/** Writes a history as a file of JSON lines. */
export function writeHistory(path: string, lines: readonly Line[]): void {
  const file = openSync(path, 'w');
  for (let place = 0; place < lines.length; place += 5000) {
    const piece = lines.slice(place, place + 5000).map((line) => `${JSON.stringify(line)}\n`);
    writeSync(file, piece.join(''));
  }
  closeSync(file);
}

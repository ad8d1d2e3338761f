import type { Shape } from './linearizability-histories.ts';

/** One line of the table. */
export interface Cell {
  readonly name: string;
  readonly model: string;
  readonly shape: Shape;
  /** Milliseconds that Porcupine took for a history of this shape, or how it failed. */
  readonly porcupine?: number | string;
}

const SEED = 20261123;
const EVEN = [34, 33, 33] as const;
const APPENDS = [5, 45, 50] as const;

/** Porcupine on put / append / get: [legal, with a stale read], by keys, clients and operations. */
const PORCUPINE: Readonly<Record<string, readonly [number | string, number | string]>> = {
  '1/5/10000': [130, 332],
  '1/5/100000': ['out of memory', 'out of memory'],
  '1/20/10000': ['time-out', 'time-out'],
  '1/50/10000': ['time-out', 'time-out'],
  '10/5/10000': [15, 7],
  '10/5/100000': [288, 179],
  '10/5/1000000': ['out of memory', 48_600],
  '10/20/10000': [31, 34],
  '10/20/100000': [647, 625],
  '10/20/1000000': ['out of memory', 'out of memory'],
  '10/50/10000': [2800, 1600],
  '10/50/100000': ['time-out', 'out of memory'],
  '1000/5/10000': [11, 11],
  '1000/50/10000': [16, 16],
  '1000/5/100000': [91, 91],
  '1000/50/100000': [196, 196],
  '1000/5/1000000': [800, 800],
  '1000/50/1000000': [2600, 2600],
};

function name(shape: Shape): string {
  const parts = [
    shape.kind,
    `${shape.keys}k`,
    `${shape.clients}c`,
    String(shape.operations),
    shape.mix.join('/'),
    shape.pending > 0 ? `pending ${shape.pending * 100}%` : '',
    shape.isStale ? 'stale' : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function cell(model: string, shape: Partial<Shape> & Pick<Shape, 'kind'>, label = ''): Cell {
  const whole: Shape = {
    keys: 1,
    clients: 5,
    operations: 1000,
    mix: EVEN,
    pending: 0,
    isStale: false,
    seed: SEED,
    ...shape,
  };
  const figures =
    whole.kind === 'kv' ? PORCUPINE[`${whole.keys}/${whole.clients}/${whole.operations}`] : undefined;
  const porcupine = figures?.[whole.isStale ? 1 : 0];
  return {
    name: `${label}${name(whole)}`,
    model,
    shape: whole,
    ...(porcupine === undefined ? {} : { porcupine }),
  };
}

/** The grid that the peer was measured on. */
function grid(isLarge: boolean): Cell[] {
  const sizes = isLarge ? [10_000, 100_000, 1_000_000] : [10_000, 100_000];
  return sizes.flatMap((operations) =>
    [1, 10, 1000].flatMap((keys) =>
      [5, 20, 50].flatMap((clients) =>
        [false, true].map((isStale) => cell('kv', { kind: 'kv', keys, clients, operations, isStale })),
      ),
    ),
  );
}

/** Other mixes, pending writes, versions: decided without search, too. */
function variants(): Cell[] {
  const stale = [false, true];
  return [
    ...stale.map((isStale) =>
      cell('kv', { kind: 'kv', clients: 50, operations: 10_000, mix: APPENDS, isStale }),
    ),
    ...stale.map((isStale) =>
      cell('kv', { kind: 'kv', clients: 50, operations: 10_000, pending: 0.01, isStale }),
    ),
    ...stale.map((isStale) =>
      cell('kv', {
        kind: 'kv',
        keys: 10,
        clients: 50,
        operations: 100_000,
        mix: APPENDS,
        pending: 0.01,
        isStale,
      }),
    ),
    cell('versioned-kv', { kind: 'versioned', clients: 50, operations: 10_000, mix: [67, 0, 33] }),
    cell('versioned-kv', {
      kind: 'versioned',
      clients: 50,
      operations: 10_000,
      mix: [67, 0, 33],
      pending: 0.01,
    }),
  ];
}

/** What needs the general search. */
function general(): Cell[] {
  const stale = [false, true];
  const repeating = { kind: 'repeating', mix: [50, 0, 50] } as const;
  const cas = { kind: 'cas', mix: [20, 20, 30] } as const;
  const at = (shape: Partial<Shape> & Pick<Shape, 'kind'>): Cell => cell('kv', shape, 'general: ');
  return [
    ...[8, 10, 12, 15, 20].flatMap((clients) =>
      stale.map((isStale) => at({ ...repeating, clients, isStale })),
    ),
    ...stale.map((isStale) => at({ ...repeating, clients: 10, operations: 10_000, isStale })),
    ...[1, 5].flatMap((percent) =>
      stale.map((isStale) => at({ ...repeating, clients: 8, pending: percent / 100, isStale })),
    ),
    ...[8, 10, 12, 15].flatMap((clients) => stale.map((isStale) => at({ ...cas, clients, isStale }))),
    ...stale.map((isStale) => at({ ...cas, clients: 8, pending: 0.01, isStale })),
    ...[8, 15].flatMap((clients) =>
      stale.map((isStale) => at({ kind: 'repeating', mix: [34, 33, 33], clients, isStale })),
    ),
  ];
}

/** All cells; those of a million operations only when asked for. */
export function cells(isLarge: boolean): Cell[] {
  return [...grid(isLarge), ...variants(), ...general()];
}

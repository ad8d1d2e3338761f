import { check, type Verdict } from '../check.ts';
import { explain, type Explanation } from '../explain/explain.ts';
import { partitionsOf } from '../history.ts';
import { judge } from '../explain/judge.ts';
import { describeOperation, returnOf, type Model, type Operation } from '../model.ts';
import type { PictureData } from './data.ts';
import { pageFor } from './page.ts';

/** What a picture shows beside the history itself. */
export interface PictureOptions {
  /** The heading, such as the name of the file. */
  readonly title?: string;
  /** What {@link check} and {@link explain} have said, if they were asked already. */
  readonly verdict?: Verdict;
  readonly explanation?: Explanation | undefined;
  /** How many operations are drawn at most; of a longer history those nearest to the violation, or the first ones. */
  readonly maxOperations?: number;
}

const MAX_OPERATIONS = 20_000;
const STEPS_FOR_ORDER = 500_000;

/**
 * Draws a history as one HTML file that needs nothing else: clients as lanes, operations as intervals on an axis of
 * time, the moments at which they may have taken effect, and of a violation the operations that contradict each other.
 */
export function renderPicture<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  options: PictureOptions = {},
): string {
  const verdict = options.verdict ?? check(model, history);
  const explanation =
    options.explanation ?? (verdict.verdict === 'violated' ? explain(model, history) : undefined);
  const chosen = choose(history, explanation, options.maxOperations ?? MAX_OPERATIONS);
  return pageFor(dataFor(model, history, chosen, verdict, explanation, options.title ?? 'History'));
}

/** The indexes of the operations to draw, in the order of their calls. */
function choose(
  history: readonly Operation<unknown, unknown>[],
  explanation: Explanation | undefined,
  limit: number,
): number[] {
  const byCall = [...history.keys()].toSorted((a, b) => callOf(history, a) - callOf(history, b) || a - b);
  if (byCall.length <= limit) return byCall;
  const middle = explanation === undefined ? 0 : byCall.indexOf(explanation.failing);
  const start = Math.max(0, Math.min(byCall.length - limit, middle - Math.floor(limit * 0.75)));
  const core = explanation?.core ?? [];
  const window = new Set([...core, ...byCall.slice(start, start + limit)]);
  return byCall.filter((index) => window.has(index));
}

function dataFor<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  chosen: readonly number[],
  verdict: Verdict,
  explanation: Explanation | undefined,
  title: string,
): PictureData {
  const placeOf = new Map(chosen.map((index, place) => [index, place]));
  const operations = chosen.flatMap((index) => history[index] ?? []);
  const { lane, lanes } = lanesOf(operations);
  const failingReturn = explanation === undefined ? undefined : history[explanation.failing]?.ret;
  const points = pointsOf(model, history, placeOf, failingReturn, explanation?.failing);
  return {
    title,
    model: model.name,
    verdict: verdict.verdict,
    sentence: explanation?.sentence ?? '',
    note: noteFor(history.length, chosen.length, explanation),
    lanes,
    lane,
    partitions: points.names,
    partition: points.partition,
    call: operations.map(({ call }) => call),
    ret: operations.map(({ ret }) => ret ?? null),
    text: operations.map((operation) => describeOperation(model, operation)),
    point: points.point,
    place: points.place,
    core: (explanation?.core ?? []).flatMap((index) => placeOf.get(index) ?? []),
    failing: explanation === undefined ? null : (placeOf.get(explanation.failing) ?? null),
    broken: failingReturn ?? null,
  };
}

function noteFor(total: number, drawn: number, explanation: Explanation | undefined): string {
  const parts: string[] = [];
  if (explanation !== undefined) {
    const which = explanation.isEarliest
      ? 'The longest linearizable prefix holds'
      : 'A linearizable prefix holds';
    parts.push(`${which} ${explanation.prefixLength} of ${total} operations.`);
    if (!explanation.isMinimal) parts.push('A limit kept the contradiction from being reduced any further.');
  }
  if (drawn < total) parts.push(`${drawn} of ${total} operations are drawn.`);
  return parts.join(' ');
}

/** A lane for each client, and more for one that has operations that overlap. */
function lanesOf(operations: readonly Operation<unknown, unknown>[]): { lane: number[]; lanes: string[] } {
  const ends = new Map<string, number[]>();
  const own = operations.map((operation) => {
    const client = String(operation.client);
    const busyUntil = ends.get(client) ?? [];
    let track = busyUntil.findIndex((end) => end <= operation.call);
    if (track < 0) track = busyUntil.length;
    // A client goes on after an operation whose outcome it never learnt, and so does its lane.
    busyUntil[track] = operation.ret ?? operation.call;
    ends.set(client, busyUntil);
    return { client, track };
  });
  const clients = [...ends.keys()].toSorted(byNumberThenName);
  const names = clients.flatMap((client) => (ends.get(client) ?? []).map((_, track) => ({ client, track })));
  const numbers = new Map(names.map(({ client, track }, number) => [`${track} ${client}`, number]));
  return {
    lane: own.map(({ client, track }) => numbers.get(`${track} ${client}`) ?? 0),
    lanes: names.map(({ client, track }) => (track === 0 ? client : '')),
  };
}

function byNumberThenName(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (difference === 0 || Number.isNaN(difference)) return a < b ? -1 : 1;
  return difference;
}

interface Points {
  readonly names: string[];
  readonly partition: number[];
  readonly point: (number | null)[];
  readonly place: (number | null)[];
}

/** When the operations may have taken effect, as far as the history can be explained. */
function pointsOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  placeOf: ReadonlyMap<number, number>,
  until: number | undefined,
  failing: number | undefined,
): Points {
  const points: Points = {
    names: [],
    partition: new Array<number>(placeOf.size).fill(0),
    point: new Array<number | null>(placeOf.size).fill(null),
    place: new Array<number | null>(placeOf.size).fill(null),
  };
  for (const { name, operations, indexes } of partitionsOf(model, history)) {
    const drawn = indexes.some((index) => placeOf.has(index));
    if (!drawn) continue;
    for (const index of indexes) {
      const place = placeOf.get(index);
      if (place !== undefined) points.partition[place] = points.names.length;
    }
    points.names.push(name);
    const prefix =
      until === undefined ? { operations, own: indexes } : cut(operations, indexes, until, failing);
    const judgement = judge(model, prefix.operations, STEPS_FOR_ORDER);
    if (judgement.verdict !== 'linearizable') continue;
    let moment = Number.NEGATIVE_INFINITY;
    for (const [nth, index] of (judgement.order() ?? []).entries()) {
      moment = Math.max(moment, prefix.operations[index]?.call ?? 0);
      const place = placeOf.get(prefix.own[index] ?? 0);
      if (place === undefined) continue;
      points.point[place] = moment;
      points.place[place] = nth + 1;
    }
  }
  return points;
}

/** The operations of a partition as they were just before a moment, the return of `failing`. */
function cut<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  indexes: readonly number[],
  until: number,
  failing: number | undefined,
): { operations: Operation<Input, Output>[]; own: number[] } {
  const kept: Operation<Input, Output>[] = [];
  const own: number[] = [];
  for (const [nth, operation] of operations.entries()) {
    const index = indexes[nth] ?? 0;
    if (operation.call > until) continue;
    const isIn = returnOf(operation) < until || (returnOf(operation) === until && index < (failing ?? 0));
    kept.push(isIn ? operation : { ...operation, ret: undefined, output: undefined });
    own.push(index);
  }
  return { operations: kept, own };
}

function callOf(history: readonly Operation<unknown, unknown>[], index: number): number {
  return history[index]?.call ?? 0;
}

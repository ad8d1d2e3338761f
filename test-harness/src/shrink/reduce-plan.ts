import { reduceList } from './reduce-list.ts';
import type { FindFirst } from './reduce-list.ts';

/**
 * Makes a plan smaller while it stays interesting: lists lose items, numbers go down to 0 or as near as they can. A
 * plan is plain data, so this needs to know nothing of what it means; a plan that a test can't follow is not
 * interesting.
 */
export async function reducePlan(plan: unknown, findFirst: FindFirst<unknown>): Promise<unknown> {
  if (typeof plan === 'number') return reduceNumber(plan, findFirst);
  if (Array.isArray(plan)) return reduceArray(plan, findFirst);
  if (typeof plan !== 'object' || plan === null) return plan;
  let record = plan as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(record)) {
    const whole = record;
    const within: FindFirst<unknown> = (parts) => findFirst(parts.map((part) => ({ ...whole, [key]: part })));
    record = { ...record, [key]: await reducePlan(record[key], within) };
  }
  return record;
}

async function reduceArray(items: readonly unknown[], findFirst: FindFirst<unknown>): Promise<unknown> {
  let kept = await reduceList(items, findFirst);
  for (const index of kept.keys()) {
    const whole = kept;
    const within: FindFirst<unknown> = (parts) => findFirst(parts.map((part) => whole.with(index, part)));
    kept = kept.with(index, await reducePlan(whole[index], within));
  }
  return kept;
}

/** Down to 0, or halfway to what is known to be needed, again and again. */
async function reduceNumber(value: number, findFirst: FindFirst<unknown>): Promise<number> {
  if (value === 0 || !Number.isFinite(value)) return value;
  if ((await findFirst([0])) === 0) return 0;
  let tooSmall = 0;
  let enough = value;
  for (;;) {
    const middle = Math.trunc((enough + tooSmall) / 2);
    if (middle === tooSmall || middle === enough) return enough;
    if ((await findFirst([middle])) === 0) enough = middle;
    else tooSmall = middle;
  }
}

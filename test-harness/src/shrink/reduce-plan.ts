import { reduceList } from './reduce-list.ts';

/** Whether the run with this plan still shows the failure. */
type IsInterestingPlan = (plan: unknown) => Promise<boolean>;

/**
 * Makes a plan smaller while it stays interesting: lists lose items, numbers go down to 0 or as near as they can. A
 * plan is plain data, so this needs to know nothing of what it means; a plan that a test can't follow is not
 * interesting.
 */
export async function reducePlan(plan: unknown, isInteresting: IsInterestingPlan): Promise<unknown> {
  return reduceAt(plan, isInteresting);
}

/** @param isInteresting puts a replacement for this part of the plan into the whole. */
async function reduceAt(part: unknown, isInteresting: IsInterestingPlan): Promise<unknown> {
  if (typeof part === 'number') return reduceNumber(part, isInteresting);
  if (Array.isArray(part)) return reduceArray(part, isInteresting);
  if (typeof part !== 'object' || part === null) return part;
  let record = part as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(record)) {
    const reduced = await reduceAt(record[key], (value) => isInteresting({ ...record, [key]: value }));
    record = { ...record, [key]: reduced };
  }
  return record;
}

async function reduceArray(items: readonly unknown[], isInteresting: IsInterestingPlan): Promise<unknown> {
  let kept = await reduceList(items, isInteresting);
  for (const index of kept.keys()) {
    const current = kept;
    const reduced = await reduceAt(current[index], (item) => isInteresting(current.with(index, item)));
    kept = current.with(index, reduced);
  }
  return kept;
}

/** Down to 0, or halfway to what is known to be needed, again and again. */
async function reduceNumber(value: number, isInteresting: IsInterestingPlan): Promise<number> {
  if (value === 0 || !Number.isFinite(value)) return value;
  if (await isInteresting(0)) return 0;
  let tooSmall = 0;
  let enough = value;
  while (Math.abs(enough - tooSmall) > 1) {
    const middle = Math.trunc((enough + tooSmall) / 2);
    if (middle === tooSmall || middle === enough) break;
    if (await isInteresting(middle)) enough = middle;
    else tooSmall = middle;
  }
  return enough;
}

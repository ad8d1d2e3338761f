/**
 * Finds the first of some candidates that still shows the failure: its position, or -1. Given several at a time, so
 * that they can be tried together.
 */
export type FindFirst<T> = (candidates: readonly T[]) => Promise<number>;

/**
 * Removes items while what is left stays interesting: halves first, then ever smaller chunks, down to single items
 * (Zeller & Hildebrandt 2002, "Simplifying and isolating failure-inducing input"). The result is 1-minimal, unless
 * `findFirst` gave up: no single item more can be removed.
 */
export async function reduceList<T>(
  items: readonly T[],
  findFirst: FindFirst<readonly T[]>,
): Promise<readonly T[]> {
  if (items.length === 0 || (await findFirst([[]])) === 0) return [];
  let kept = items;
  for (let chunk = Math.ceil(kept.length / 2); chunk >= 1; chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)) {
    let start = 0;
    for (;;) {
      const candidates = removals(kept, start, chunk);
      const found = await findFirst(candidates);
      if (found < 0) break;
      kept = candidates[found] ?? kept;
      // What followed the removed chunk has moved up to its place; what lies before it has been tried.
      start += found * chunk;
    }
  }
  return kept;
}

/** What is left when one chunk goes, for each chunk from `start` on; never nothing. */
function removals<T>(items: readonly T[], start: number, chunk: number): (readonly T[])[] {
  const candidates: (readonly T[])[] = [];
  for (let at = start; at < items.length; at += chunk) {
    const rest = [...items.slice(0, at), ...items.slice(at + chunk)];
    if (rest.length > 0) candidates.push(rest);
  }
  return candidates;
}

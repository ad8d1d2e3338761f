/** Whether what is left still shows the failure. */
export type IsInteresting<T> = (items: readonly T[]) => Promise<boolean>;

/**
 * Removes items while what is left stays interesting: halves first, then ever smaller chunks, down to single items
 * (Zeller & Hildebrandt 2002, "Simplifying and isolating failure-inducing input"). The result is 1-minimal, unless
 * `isInteresting` gave up: no single item more can be removed.
 */
export async function reduceList<T>(
  items: readonly T[],
  isInteresting: IsInteresting<T>,
): Promise<readonly T[]> {
  let kept = items;
  if (kept.length > 0 && (await isInteresting([]))) return [];
  for (let chunk = Math.ceil(kept.length / 2); chunk >= 1; chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)) {
    let start = 0;
    while (start < kept.length) {
      const rest = [...kept.slice(0, start), ...kept.slice(start + chunk)];
      // What follows moves up to `start` when the chunk goes.
      if (rest.length > 0 && (await isInteresting(rest))) kept = rest;
      else start += chunk;
    }
  }
  return kept;
}

/** The names most like what was typed, best first; empty when nothing is near. */
export function nearest(typed: string, names: readonly string[], count = 3): string[] {
  // In a name of two letters everything is near.
  const limit = typed.length < 3 ? 0 : Math.max(2, Math.floor(typed.length / 3));
  return names
    .map((name) => ({ name, distance: distanceTo(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ name }) => name);
}

/** The end of a sentence about an unknown name: what was perhaps meant, or what there is. */
export function suggest(typed: string, names: readonly string[]): string {
  const near = nearest(typed, names);
  if (near.length > 0) return `Did you mean ${near.join(' or ')}?`;
  const shown = names.slice(0, 6).join(', ');
  return names.length === 0 ? 'There are none.' : `There is ${shown}${names.length > 6 ? ', …' : ''}.`;
}

/** A name typed in part is near the whole of it; otherwise the edit distance counts. */
function distanceTo(typed: string, name: string): number {
  if (typed.length >= 3 && name.includes(typed)) return 0;
  const last = name.split('/').at(-1) ?? name;
  return Math.min(editDistance(typed, name), editDistance(typed.split('/').at(-1) ?? typed, last));
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

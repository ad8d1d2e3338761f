/** Whether a test's id fits a pattern: an id, with `*` for anything. */
export function fitsPattern(id: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*');
  return new RegExp(`^${escaped}$`).test(id);
}

/** The value of the last pattern that fits. */
export function lastFitting<T>(id: string, values: Readonly<Record<string, T>> = {}): T | undefined {
  return Object.entries(values).findLast(([pattern]) => fitsPattern(id, pattern))?.[1];
}

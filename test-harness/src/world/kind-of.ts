/** What an argument is that should have been something else, for a message: runs no code of it. */
export function kindOf(value: unknown): string {
  if (typeof value === 'number' || value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

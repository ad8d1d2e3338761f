/** What was thrown, in one line, without trusting it. */
export function describeThrown(error: unknown): string {
  try {
    if (error instanceof Error) return `${error.name}: ${error.message}`;
    return typeof error === 'object' && error !== null ? 'an object that is no Error' : String(error);
  } catch {
    return 'something that cannot be described';
  }
}

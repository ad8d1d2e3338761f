import { createHash } from 'node:crypto';

/** SHA-256 over names and contents, in hex: independent of the order, and of where the files lie. */
export function digestSources(files: Iterable<readonly [path: string, content: string]>): string {
  const hash = createHash('sha256');
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [path, content] of sorted) {
    // Lengths first, so that no two different sets of files give the same bytes.
    hash.update(`${Buffer.byteLength(path)} ${Buffer.byteLength(content)} ${path} ${content}`);
  }
  return hash.digest('hex');
}

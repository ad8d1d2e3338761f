import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a file with its folders; a reader sees the old contents or the new ones, never half of them. */
export function writeWhole(path: string, contents: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

/** JSON as our files have it: indented, with a final line break. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A name as a folder on every system; names that would become the same get a few digits of a hash. */
export function safeFolderName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '');
  if (safe === name) return safe;
  const digits = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${safe === '' ? 'submission' : safe}-${digits}`;
}

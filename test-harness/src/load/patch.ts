import { z } from 'zod';

const changeSchema = z.strictObject({
  /**
   * A file of the reference, relative to its `src` folder; or of a library that it is built from, behind the library's
   * name: `@lockstep/rsm/waiters.ts`.
   */
  file: z.string().min(1),
  /** A text that occurs in the file exactly once. */
  find: z.string().min(1),
  replace: z.string(),
});

const bugSchema = z.strictObject({
  /** Kebab-case; unique among the bugs of a lab. */
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be kebab-case, like "grants-two-votes"'),
  title: z.string().min(1),
  /** The properties that the bug may break. */
  breaks: z.array(z.string().min(1)).min(1),
  /** What people get wrong here, and what comes of it. */
  why: z.string().min(1),
  /** The id of a lab below whose reference it changes; default: the lab's own reference. */
  layer: z.string().min(1).optional(),
  /** The id of the test that catches it most surely: what a quick check of the catalogue runs. */
  caughtBy: z.string().min(1).optional(),
  changes: z.array(changeSchema).min(1),
});

/**
 * A bug: data that changes some texts of the reference in memory, so that the suite can be tried on it.
 * Each change's `find` must occur in its file exactly once.
 */
export type Bug = z.infer<typeof bugSchema>;

/** A bug file that is malformed, or that no longer fits the sources it was written for. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}

/**
 * Reads a bug file.
 *
 * @param text its contents, JSON.
 * @param name names the file in errors.
 * @throws {@link PatchError}
 */
export function parseBug(text: string, name: string): Bug {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new PatchError(`The bug file ${name} is not JSON: ${(error as Error).message}.`);
  }
  const result = bugSchema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.length ? ` at "${issue.path.join('.')}"` : '';
  throw new PatchError(`The bug file ${name} is not valid${where}: ${issue?.message ?? 'unknown reason'}.`);
}

/**
 * The sources with the bug in them. All texts are looked up in the sources as they are, so the order of
 * the changes has no meaning; they must not overlap.
 *
 * @throws {@link PatchError} naming the bug, the file, and how often the text occurs.
 */
export function applyBug(bug: Bug, files: ReadonlyMap<string, string>): Map<string, string> {
  const patched = new Map(files);
  for (const file of new Set(bug.changes.map((change) => change.file))) {
    const source = files.get(file);
    if (source === undefined) {
      throw new PatchError(`The bug "${bug.id}" no longer fits: the reference has no file ${file}.`);
    }
    const changes = bug.changes.filter((change) => change.file === file);
    patched.set(file, applyTo(source, changes, `The bug "${bug.id}" no longer fits: in ${file}`));
  }
  return patched;
}

function applyTo(source: string, changes: Bug['changes'], complaint: string): string {
  const places = changes.map(({ find, replace }) => {
    const count = occurrences(source, find);
    if (count !== 1) {
      const often = count === 0 ? 'does not occur' : `occurs ${count} times`;
      throw new PatchError(`${complaint} the text ${excerpt(find)} ${often}; it must occur exactly once.`);
    }
    return { start: source.indexOf(find), find, replace };
  });
  places.sort((a, b) => a.start - b.start);
  let result = '';
  let position = 0;
  for (const { start, find, replace } of places) {
    if (start < position)
      throw new PatchError(`${complaint} the text ${excerpt(find)} overlaps another change.`);
    result += source.slice(position, start) + replace;
    position = start + find.length;
  }
  return result + source.slice(position);
}

function occurrences(source: string, find: string): number {
  let count = 0;
  for (let at = source.indexOf(find); at !== -1; at = source.indexOf(find, at + 1)) count++;
  return count;
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

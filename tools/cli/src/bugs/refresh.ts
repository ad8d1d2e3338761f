import { applyBug, PatchError, type Bug } from '@lockstep/test-harness/load';
import type { LabInfo } from '@lockstep/test-harness/runner';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { findLab } from '../choose.ts';
import { EXIT } from '../exit.ts';
import type { Io } from '../io.ts';
import { count } from '../view/table.ts';
import { changesBetween } from './carry-over.ts';
import type { CataloguedBug } from './catalogue.ts';

/** Sources of the reference, by their names in bug files. */
type Sources = ReadonlyMap<string, string>;

/** Where a file of the reference lies, by its name in a bug file. */
type PathOf = (name: string) => string;

/**
 * Carries bugs over to a reference that has moved on. A bug whose texts no longer occur once is merged, as Git merges
 * branches: what the reference was when the bug file was last committed is the base, the bug is one side, and today's
 * reference is the other. Files are rewritten; whoever runs this looks at the difference before committing it.
 *
 * @param labs where the layers below `lab` are looked for, whose references bugs may be in.
 * @returns 1 when some bug could not be carried over.
 */
export function refreshBugs(
  io: Io,
  labs: readonly LabInfo[],
  lab: LabInfo,
  catalogue: readonly CataloguedBug[],
): number {
  let [refreshed, lost] = [0, 0];
  for (const { file, bug } of catalogue) {
    const pathOf = pathsOf(bug.layer === undefined ? lab : findLab(labs, bug.layer));
    const current = sourcesNamedBy(bug, (name) => readIfThere(pathOf(name)));
    if (applied(bug, current) !== undefined) continue;
    const outcome = carryOver(bug, current, earlierSources(bug, file, pathOf));
    if (typeof outcome === 'string') {
      lost++;
      io.out(`${bug.id}: ${outcome}`);
      continue;
    }
    refreshed++;
    rewrite(file, outcome);
    io.out(`${bug.id}: carried over; look at the difference in ${basename(file)} before you keep it.`);
  }
  const kept = catalogue.length - refreshed - lost;
  const still = `${count(kept, 'bug')} still ${kept === 1 ? 'applies' : 'apply'}`;
  io.out(`${still}, ${refreshed} carried over, ${lost} to be mended by hand.`);
  return lost === 0 ? EXIT.ok : EXIT.failed;
}

/** The bug's changes for today's sources, or why there are none. */
function carryOver(bug: Bug, current: Sources, earlier: Sources | undefined): Bug['changes'] | string {
  if (earlier === undefined)
    return 'its history is not here (is this a clone with all commits?); mend it by hand.';
  const buggy = applied(bug, earlier);
  if (buggy === undefined) return 'it did not fit when it was last committed either; mend it by hand.';
  const changes: Bug['changes'] = [];
  for (const [name, base] of earlier) {
    const today = current.get(name);
    if (today === undefined) return `the reference has no file ${name} any more; mend it by hand.`;
    const merged = mergeThree(today, base, buggy.get(name) ?? base);
    if (merged === undefined) return `the same lines of ${name} have changed; mend it by hand.`;
    changes.push(...changesBetween(name, today, merged));
  }
  return changes.length === 0 ? 'nothing is left of it: the reference now does the same.' : changes;
}

/** A lab's reference has its own files, and those of the libraries that it is built from, behind their names. */
function pathsOf({ reference, libraries }: LabInfo): PathOf {
  return (name) => {
    const library = Object.entries(libraries).find(([prefix]) => name.startsWith(`${prefix}/`));
    if (library === undefined) return join(dirname(reference), name);
    const [prefix, entry] = library;
    return join(dirname(entry), name.slice(prefix.length + 1));
  };
}

function sourcesNamedBy(bug: Bug, read: (name: string) => string | undefined): Sources {
  const names = [...new Set(bug.changes.map(({ file }) => file))];
  return new Map(
    names.flatMap((name) => {
      const text = read(name);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}

function applied(bug: Bug, sources: Sources): Sources | undefined {
  try {
    return applyBug(bug, sources);
  } catch (error) {
    if (error instanceof PatchError) return undefined;
    throw error;
  }
}

/** What the reference was in the commit that last changed the bug file. */
function earlierSources(bug: Bug, file: string, pathOf: PathOf): Sources | undefined {
  const commit = git(dirname(file), ['log', '-1', '--format=%H', '--', basename(file)])?.trim();
  if (commit === undefined || commit === '') return undefined;
  return sourcesNamedBy(bug, (name) => {
    const path = pathOf(name);
    return git(dirname(path), ['show', `${commit}:./${basename(path)}`]);
  });
}

function git(folder: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

/** The text that has both changes in it; nothing when they are in each other's way. */
function mergeThree(ours: string, base: string, theirs: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-refresh-'));
  try {
    const files = [ours, base, theirs].map((text, i) => {
      const path = join(folder, String(i));
      writeFileSync(path, text);
      return path;
    });
    const { status, stdout } = spawnSync('git', ['merge-file', '-p', ...files], { encoding: 'utf8' });
    return status === 0 ? stdout : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Everything else in the file stays as it was written. */
function rewrite(file: string, changes: Bug['changes']): void {
  const data: unknown = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, `${JSON.stringify({ ...(data as object), changes }, null, 2)}\n`);
}

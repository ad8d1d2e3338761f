import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository that this code belongs to, found from the code's own place, never from the current folder. */
export const REPO_ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Where bundles of our own code are kept; git ignores it. */
export const CACHE_FOLDER = join(REPO_ROOT, '.lockstep', 'cache');

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
      if (name === 'lockstep') return folder;
    }
    if (dirname(folder) === folder) throw new Error(`no Lockstep repository holds ${from}`);
  }
}

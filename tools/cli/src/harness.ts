import type { Engine } from '@lockstep/grader';
import {
  buildReference,
  buildSources,
  discoverLabs,
  readSubmission,
  REPO_ROOT,
  runIdentity,
  runJob,
} from '@lockstep/test-harness/runner';
import { relative, isAbsolute } from 'node:path';

/** The harness of this repository. */
export const engine: Engine = {
  discoverLabs,
  readSubmission,
  buildSources,
  buildReference,
  runIdentity,
  runJob,
};

/** Root of the repository that this program belongs to. */
export { REPO_ROOT };

/** How this program is called from the current folder. */
export function ownCommand(): string {
  return isInside(REPO_ROOT, process.cwd()) ? 'npx lockstep' : `node ${REPO_ROOT}/tools/cli/bin/lockstep.mjs`;
}

/** Whether a path is the folder itself or lies in it. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}

/** A path as somebody in the current folder would type it. */
export function shortPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way === '' ? '.' : isInside(process.cwd(), path) ? way : path;
}

import { join } from 'node:path';
import type { Program } from './bundles.ts';
import { REPO_ROOT } from './repo.ts';

const SOURCES = join(REPO_ROOT, 'test-harness/src');

/** Bundles one submission; see load/build-child.ts. */
export const BUILD_PROGRAM: Program = {
  name: 'build',
  source: `import ${quote(join(SOURCES, 'load/build-child.ts'))};`,
  external: ['esbuild'],
};

/**
 * The run child of one lab: the hardening first, then the world, the lab, and further suite files.
 *
 * @param suites absolute paths.
 */
export function labProgram(labId: string, labFolder: string, suites: readonly string[]): Program {
  const names = suites.map((_, index) => `suite${index}`);
  const lines = [
    `import ${quote(join(SOURCES, 'load/lockdown.ts'))};`,
    `import { serve } from ${quote(join(SOURCES, 'runner/child.ts'))};`,
    `import lab from ${quote(join(labFolder, 'lab.ts'))};`,
    ...suites.map((path, index) => `import ${names[index] ?? ''} from ${quote(path)};`),
    `serve(lab, [${names.join(', ')}]);`,
  ];
  return { name: `run-${labId}`, source: lines.join('\n') };
}

function quote(path: string): string {
  return JSON.stringify(path);
}

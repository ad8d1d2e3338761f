import { basename } from 'node:path';
import { bundleOf } from './bundles.ts';
import type { LabInfo } from './engine.ts';
import { BUILD_PROGRAM, labProgram } from './programs.ts';

/**
 * What, beside the implementation, the test and the seed, decides how a run ends: the programs that bundle and run it
 * (world, judges and suites are in there) and
 * the major version of Node. Equal for equal sources of this repository and of the suites.
 *
 * @param suites absolute paths of further suite files.
 */
export async function runIdentity(
  lab: Pick<LabInfo, 'id' | 'folder'>,
  suites: readonly string[],
): Promise<string> {
  const programs = [labProgram(lab.id, lab.folder, suites), BUILD_PROGRAM];
  const bundles = await Promise.all(programs.map((program) => bundleOf(program)));
  // A bundle's name has the hash of its content in it.
  const [major = ''] = process.versions.node.split('.');
  return [`node ${major}`, ...bundles.map((path) => contentHash(path))].join(' ');
}

function contentHash(path: string): string {
  return basename(path, '.cjs').split('-').at(-1) ?? '';
}

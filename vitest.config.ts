import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * One project per package, under the name that Nx knows the package by: `vitest run --project raft` and
 * `nx test raft` run the same files. A package takes part as soon as it has a test folder.
 */
const root = dirname(fileURLToPath(import.meta.url));
const full = process.env['LOCKSTEP_FULL'] === '1';

/** Whole suites first, the longest first of all: begun last, it would keep one core busy and leave the rest idle. */
const LONGEST = ['shardkv', 'kv', 'raft', 'mapreduce', 'primary-backup'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const place = moduleId.endsWith('/test/suite.test.ts') ? LONGEST.indexOf(project.name) : -1;
      return place < 0 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

function packageFolders(): string[] {
  const nested = ['libs', 'labs', 'tools'].flatMap((group) =>
    existsSync(join(root, group)) ? readdirSync(join(root, group)).map((name) => `${group}/${name}`) : [],
  );
  return [...nested, 'test-harness'].filter(
    (folder) => existsSync(join(root, folder, 'package.json')) && existsSync(join(root, folder, 'test')),
  );
}

function nxName(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return manifest.nx?.name ?? manifest.name;
}

export default defineConfig({
  root,
  test: {
    watch: false,
    pool: 'forks',
    // Left to itself, vitest leaves one core idle, of two.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    testTimeout: full ? 1_800_000 : 60_000,
    hookTimeout: full ? 300_000 : 60_000,
    projects: packageFolders().map((folder) => ({
      extends: true as const,
      test: { name: nxName(folder), root: join(root, folder), include: ['test/**/*.test.ts'] },
    })),
  },
});

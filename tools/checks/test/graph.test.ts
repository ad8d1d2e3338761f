import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

interface Graph {
  readonly nodes: Record<
    string,
    { readonly data: { readonly root: string; readonly targets: Record<string, Target> } }
  >;
  readonly dependencies: Record<string, readonly { readonly target: string }[]>;
}

interface Target {
  readonly executor?: string;
  readonly cache?: boolean;
  readonly inputs?: readonly unknown[];
}

let graph: Graph;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-graph-'));
  try {
    const file = join(folder, 'graph.json');
    const nx = join(root, 'node_modules/.bin/nx');
    execFileSync(nx, ['graph', '--file', file], {
      cwd: root,
      stdio: 'pipe',
      env: { ...process.env, CI: 'true' },
    });
    graph = (JSON.parse(readFileSync(file, 'utf8')) as { graph: Graph }).graph;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Everything that a change of would run the project's tests again. */
function reach(project: string): Set<string> {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    for (const { target } of graph.dependencies[name] ?? []) {
      if (!seen.has(target)) visit((seen.add(target), target));
    }
  };
  visit(project);
  return seen;
}

describe('the graph that decides which results Nx may replay', () => {
  test('a lab depends on the implementation that it loads by path, and on all that runs it', () => {
    const labs = Object.entries(graph.nodes).filter(([, { data }]) => data.root.startsWith('labs/'));
    expect(labs.map(([name]) => name)).toContain('raft');
    for (const [name] of labs) {
      expect([...reach(name)]).toEqual(
        expect.arrayContaining([
          `@lockstep/${name}`,
          '@lockstep/api',
          '@lockstep/linearizability',
          'test-harness',
        ]),
      );
    }
  });

  test('a test result is replayed for the same files, dependencies and seeds only', () => {
    for (const [name, { data }] of Object.entries(graph.nodes)) {
      // Without tests there is nothing to run, and vitest would fail for want of a project of that name.
      if (!existsSync(join(root, data.root, 'test'))) {
        expect(data.targets, name).not.toHaveProperty('test');
        continue;
      }
      expect(data.targets['test'], name).toMatchObject({
        executor: 'nx:run-commands',
        cache: true,
        // Tools look at the whole tree, often by path and not by import.
        inputs: data.root.startsWith('tools/') ? ['everything', 'seeds'] : ['default', '^default', 'seeds'],
      });
    }
    const { namedInputs, cacheDirectory } = JSON.parse(readFileSync(join(root, 'nx.json'), 'utf8'));
    expect(namedInputs.seeds).toEqual(
      ['LOCKSTEP_SEED', 'LOCKSTEP_SEEDS', 'LOCKSTEP_FULL'].map((env) => ({ env })),
    );
    expect(cacheDirectory).toBe('.nx/cache');
  });

  test('a grade is never replayed', () => {
    expect(graph.nodes['raft']?.data.targets['grade']).toMatchObject({
      executor: '@lockstep/nx-plugin:grade',
    });
    expect(graph.nodes['raft']?.data.targets['grade']?.cache).not.toBe(true);
  });
});

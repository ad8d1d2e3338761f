import { describe, expect, test } from 'vitest';
import { checkBoundaries, formatFinding, type Finding } from '../src/index.ts';
import { fixtureTree } from './fixture-tree.ts';

const EVERYTHING = Object.fromEntries(
  ['api', 'raft', 'rsm', 'kv', 'host', 'linearizability', 'test-harness', 'lab-raft', 'cli', 'nowhere'].map(
    (name) => [`@lockstep/${name}`, '*'],
  ),
);

function manifest(name: string): string {
  return JSON.stringify({ name: `@lockstep/${name}`, dependencies: EVERYTHING });
}

/** A house with every kind of package, in which every package declares all others. */
const HOUSE = {
  'package.json': JSON.stringify({ name: 'house', devDependencies: { vitest: '1' } }),
  'libs/api/package.json': manifest('api'),
  'libs/api/src/index.ts': '',
  'libs/raft/package.json': manifest('raft'),
  'libs/raft/src/index.ts': '',
  'libs/rsm/package.json': manifest('rsm'),
  'libs/rsm/src/index.ts': '',
  'libs/kv/package.json': manifest('kv'),
  'libs/kv/src/index.ts': '',
  'libs/host/package.json': manifest('host'),
  'libs/host/src/index.ts': '',
  'libs/linearizability/package.json': manifest('linearizability'),
  'libs/linearizability/src/index.ts': '',
  'test-harness/package.json': manifest('test-harness'),
  'test-harness/src/index.ts': '',
  'labs/raft/package.json': manifest('lab-raft'),
  'labs/raft/lab.ts': '',
  'tools/cli/package.json': manifest('cli'),
  'tools/cli/src/index.ts': '',
};

function check(files: Readonly<Record<string, string>>): Finding[] {
  return checkBoundaries(fixtureTree({ ...HOUSE, ...files }));
}

describe('which package may import which', () => {
  test.each([
    ['libs/api/src/a.ts', 'raft'],
    ['libs/api/test/a.test.ts', 'test-harness'],
    ['libs/kv/src/a.ts', 'raft'],
    ['libs/rsm/src/a.ts', 'kv'],
    ['libs/raft/src/a.ts', 'rsm'],
    ['libs/kv/src/a.ts', 'test-harness'],
    ['libs/kv/test/a.test.ts', 'raft'],
    ['libs/host/src/a.ts', 'raft'],
    ['libs/linearizability/test/a.test.ts', 'test-harness'],
    ['test-harness/src/world/a.ts', 'raft'],
    ['test-harness/test/a.test.ts', 'raft'],
    ['labs/raft/suite/a.ts', 'raft'],
    ['labs/raft/test/a.test.ts', 'raft'],
    ['labs/raft/judges/a.ts', 'cli'],
    ['labs/raft/starter/a.ts', 'test-harness'],
  ])('%s must not import %s', (file, name) => {
    const found = check({ [file]: `\nimport '@lockstep/${name}';\n` });
    expect(found.map(({ file: path, line }) => [path, line])).toEqual([[file, 2]]);
    expect(found[0]?.message).toContain(`@lockstep/${name}`);
  });

  test.each([
    ['libs/raft/src/a.ts', 'api'],
    ['libs/kv/src/a.ts', 'rsm'],
    ['libs/raft/test/a.test.ts', 'test-harness'],
    ['libs/host/test/a.test.ts', 'raft'],
    ['test-harness/src/judges/a.ts', 'linearizability'],
    ['labs/raft/suite/a.ts', 'test-harness/judges'],
    ['labs/raft/starter/a.ts', 'api'],
    ['tools/cli/src/a.ts', 'lab-raft'],
  ])('%s may import %s', (file, name) => {
    expect(check({ [file]: `import '@lockstep/${name}';` })).toEqual([]);
  });

  test('an import from a package that is not there is named', () => {
    const [found] = check({ 'tools/cli/src/a.ts': `import '@lockstep/nowhere';` });
    expect(found?.message).toContain('There is no package @lockstep/nowhere');
  });
});

describe('ways to name a module', () => {
  test.each([
    ['type-only', `import type { Raft } from '@lockstep/raft';`],
    ['a type in braces', `import { type Raft } from '@lockstep/raft';`],
    ['re-export', `export * from '@lockstep/raft';`],
    ['dynamic', `const raft = await import('@lockstep/raft');`],
    ['dynamic, in backquotes', 'const raft = await import(`@lockstep/raft`);'],
    ['import type', `let raft: import('@lockstep/raft').Raft;`],
    ['require', `const raft = require('@lockstep/raft');`],
    ['import equals', `import raft = require('@lockstep/raft');`],
    ['resolve', `import.meta.resolve('@lockstep/raft');`],
    ['mock', `vi.mock('@lockstep/raft');`],
    ['triple-slash types', `/// <reference types="@lockstep/raft" />`],
    ['triple-slash path', `/// <reference path="../../../libs/raft/src/index.ts" />`],
    ['relative', `import '../../../libs/raft/src/index.ts';`],
    ['through node_modules', `import '../../../node_modules/@lockstep/raft/src/index.ts';`],
    ['computed', 'await import(name);'],
  ])('%s', (_way, text) => {
    expect(check({ 'labs/raft/suite/a.ts': text })).toHaveLength(1);
  });

  test('words in comments and strings are no imports', () => {
    const text = `// import '@lockstep/raft'\nexport const text = "import '@lockstep/raft'";`;
    expect(check({ 'labs/raft/suite/a.ts': text })).toEqual([]);
  });

  test('a tool may reach into a package by path', () => {
    expect(check({ 'tools/cli/src/a.ts': `import '../../../test-harness/src/world/drain.ts';` })).toEqual([]);
    expect(check({ 'tools/cli/src/a.ts': `import '/test-harness/src/world/drain.ts';` })).toHaveLength(1);
  });

  test('a starter keeps to its own folder', () => {
    const files = { 'labs/raft/starter/a.ts': `import './b.ts';\nimport '../suite/c.ts';` };
    expect(check(files).map(({ line }) => line)).toEqual([2]);
  });

  test('exempt folders may import what they like', () => {
    const text = `import 'fs';\nimport '@lockstep/raft';`;
    const files = ['labs/raft/bugs/a.ts', 'examples/submissions/raft/x/raft.ts', 'tools/grader/attacks/a.ts'];
    expect(check(Object.fromEntries(files.map((file) => [file, text])))).toEqual([]);
  });
});

describe('builtins and dependencies', () => {
  test.each([
    ['libs/raft/src/a.ts', 'node:fs'],
    ['libs/raft/src/a.ts', 'fs'],
    ['test-harness/src/world/a.ts', 'node:fs'],
    ['test-harness/src/judges/a.ts', 'node:crypto'],
    ['labs/raft/suite/a.ts', 'node:path'],
    ['libs/api/src/a.ts', 'not-declared'],
    ['tools/cli/src/a.ts', 'not-declared/deep'],
    ['tools/cli/src/a.ts', 'vitest'],
  ])('%s must not import %s', (file, name) => {
    expect(check({ [file]: `import '${name}';` })).toHaveLength(1);
  });

  test.each([
    ['libs/host/src/a.ts', 'node:net'],
    ['libs/raft/test/a.test.ts', 'node:child_process'],
    ['test-harness/src/world/a.ts', 'node:crypto'],
    ['test-harness/src/load/a.ts', 'node:fs'],
    ['test-harness/src/runner/a.ts', 'node:child_process'],
    ['tools/cli/src/a.ts', 'node:fs/promises'],
    ['tools/cli/test/a.test.ts', 'vitest'],
    ['vitest.config.ts', 'vitest'],
  ])('%s may import %s', (file, name) => {
    expect(check({ [file]: `import '${name}';` })).toEqual([]);
  });
});

test('a finding reads as place, rule and sentence', () => {
  const [found] = check({ 'libs/kv/src/a.ts': `import '@lockstep/raft';` });
  expect(found && formatFinding(found)).toBe(
    'libs/kv/src/a.ts:1  boundaries  Imports @lockstep/raft, but a library imports @lockstep/api, ' +
      'and few build on another one: have this one injected.',
  );
});

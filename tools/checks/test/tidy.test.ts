import { describe, expect, test } from 'vitest';
import { checkTidy, RULES } from '../src/index.ts';
import { fixtureTree } from './fixture-tree.ts';

const LIB = 'libs/raft/src/a.ts';
const TEST = 'libs/raft/test/a.test.ts';
const INDEX = 'libs/raft/src/index.ts';
const MANIFEST = JSON.stringify({
  name: '@lockstep/raft',
  exports: { '.': './src/index.ts', './*': './src/*/index.ts' },
});

/** `rule@line` for all that a file breaks. */
function check(path: string, text: string, others: Readonly<Record<string, string>> = {}): string[] {
  const findings = checkTidy(fixtureTree({ 'libs/raft/package.json': MANIFEST, [path]: text, ...others }));
  return findings.map(({ rule, line }) => `${rule}@${line}`);
}

function lines(count: number): string {
  return 'x;\n'.repeat(count);
}

interface Case {
  readonly rule: string;
  readonly path: string;
  readonly breaks: string;
  readonly keeps: string;
}

/** For each rule a text that breaks it on line 1, and one close by that does not. */
const CASES: readonly Case[] = [
  { rule: 'line-length', path: LIB, breaks: `//${'x'.repeat(119)}`, keeps: `//${'ö'.repeat(118)}` },
  { rule: 'file-length', path: LIB, breaks: lines(501), keeps: lines(500) },
  { rule: 'file-length', path: TEST, breaks: lines(801), keeps: lines(800) },
  {
    rule: 'function-length',
    path: LIB,
    breaks: `const f = () => {\n${lines(69)}};`,
    keeps: `const f = () => {\n${lines(68)}};`,
  },
  { rule: 'function-length', path: LIB, breaks: `describe('x', () => {\n${lines(69)}});`, keeps: lines(100) },
  { rule: 'unfinished', path: LIB, breaks: `// ${'TO'}${'DO'}: later`, keeps: '// todos are elsewhere' },
  { rule: 'unfinished', path: 'README.md', breaks: `${'FIX'}${'ME'}`, keeps: 'Fix me' },
  { rule: 'any', path: LIB, breaks: 'const x = 1 as any;', keeps: "const x = 'as any';" },
  { rule: 'any', path: LIB, breaks: 'type X = Array<any>;', keeps: 'const any = 1;' },
  { rule: 'non-null', path: LIB, breaks: 'f(x!.y);', keeps: 'f(!x.y);' },
  { rule: 'suppression', path: LIB, breaks: '// @ts-ignore', keeps: '// see ts-ignore' },
  { rule: 'suppression', path: LIB, breaks: '// @ts-expect-error', keeps: '' },
  { rule: 'default-export', path: LIB, breaks: 'export default 1;', keeps: 'export const x = 1;' },
  {
    rule: 'default-export',
    path: LIB,
    breaks: 'export default function f() {}',
    keeps: 'export function f() {}',
  },
  { rule: 'default-export', path: LIB, breaks: 'export { x as default };', keeps: 'export { x };' },
  { rule: 'hidden-test', path: TEST, breaks: "test.only('x', f);", keeps: "list.only('x', f);" },
  {
    rule: 'hidden-test',
    path: TEST,
    breaks: "describe.skip('x', f);",
    keeps: "describe.sequential('x', f);",
  },
  { rule: 'hidden-test', path: TEST, breaks: "it.todo('x');", keeps: "it('todo', f);" },
  { rule: 'hidden-test', path: TEST, breaks: "test.skipIf(true)('x', f);", keeps: "test.each([1])('x', f);" },
  {
    rule: 'hidden-test',
    path: TEST,
    breaks: "test.concurrent.only('x', f);",
    keeps: "test.concurrent('x', f);",
  },
  {
    rule: 'hidden-test',
    path: TEST,
    breaks: "test('x', { skip: true }, f);",
    keeps: "test('x', { retry: 0 }, f);",
  },
  { rule: 'hidden-test', path: TEST, breaks: "xit('x', f);", keeps: "exit('x', f);" },
  { rule: 'unseeded', path: TEST, breaks: 'const x = Math.random();', keeps: 'const x = random.random();' },
  {
    rule: 'export-docs',
    path: INDEX,
    breaks: 'export const x = 1;',
    keeps: '/** One. */\nexport const x = 1;',
  },
  {
    rule: 'export-docs',
    path: INDEX,
    breaks: 'export interface X {}',
    keeps: '/** An X. */\nexport interface X {}',
  },
  {
    rule: 'export-docs',
    path: 'libs/raft/src/log/index.ts',
    breaks: 'export const x = 1;',
    keeps: 'const x = 1;',
  },
  {
    rule: 'file-name',
    path: 'libs/raft/src/voteCounter.ts',
    breaks: '',
    keeps: '// tidy-allow file-name: it is',
  },
  {
    rule: 'file-name',
    path: 'libs/raft/src/__x__/a.ts',
    breaks: '',
    keeps: '// tidy-allow file-name: it is',
  },
  {
    rule: 'links',
    path: 'docs/a.md',
    breaks: '[x](b.md)',
    keeps: '[x](../docs/a.md#part) [y](https://x.org/b) `[x](b.md)`',
  },
  {
    rule: 'links',
    path: 'docs/a.md',
    breaks: '[x]: ./b.md "title"',
    keeps: '```\n[x](b.md)\n```\n[y](#part)',
  },
  { rule: 'links', path: 'docs/a.md', breaks: '![x](../../outside.png)', keeps: '[x](mailto:someone@x.org)' },
  { rule: 'tidy-allow', path: LIB, breaks: '// tidy-allow any: not needed', keeps: '// tidy allows this' },
];

describe('each rule fires on its defect and not beside it', () => {
  test.each(CASES)('$rule: $breaks', ({ rule, path, breaks, keeps }) => {
    expect(check(path, breaks)).toEqual([`${rule}@1`]);
    expect(check(path, keeps)).toEqual([]);
  });

  test('every rule has a case', () => {
    const covered = new Set([...CASES.map(({ rule }) => rule), 'ambient']);
    expect(RULES.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
  });
});

describe('ambient', () => {
  test.each([
    'const now = Date.now();',
    'const now = new Date();',
    'setTimeout(f, 1);',
    'setImmediate(f);',
    'const now = performance.now();',
    'f(process.env);',
    "console.log('x');",
    'const x = Math.random();',
    'const x = Math.pow(2, 3);',
    "const x = Math['random']();",
    'const { random } = Math;',
    'const x = 2 ** 3;',
    'x **= 2;',
    'new Intl.Collator();',
    'a.localeCompare(b);',
    'a.toLocaleString();',
    'const clock = { Date };',
    'const f = (now = Date.now) => now;',
    'class Day extends Date {}',
    'process.exit();\nfunction f(process: P) {}',
  ])('%s', (text) => {
    expect(check(LIB, text)).toContain('ambient@1');
  });

  test.each([
    'function f(process: P) { process.run(); }',
    "import { console } from './log.ts';\nconsole.log();",
    'const x = clock.Date;',
    'const x = { process: 1 };',
    'let x: Date;',
    'const { process } = node;\nprocess.run();',
    'const x = Math.floor(1.5);',
    'for (const process of list) process.run();',
    'interface Node { readonly process: number }',
    'const f = ({ setTimeout }: Timers) => setTimeout(g, 1);',
  ])('not: %s', (text) => {
    expect(check(LIB, text)).toEqual([]);
  });

  test.each([
    ['libs/host/src/a.ts', 0],
    ['tools/cli/src/a.ts', 0],
    ['test-harness/src/runner/a.ts', 0],
    ['test-harness/src/world/a.ts', 1],
    ['labs/raft/suite/a.ts', 1],
    ['labs/raft/starter/a.ts', 0],
    [TEST, 0],
  ])('is looked for where runs must be deterministic: %s %i', (path, count) => {
    expect(check(path, 'const now = Date.now();')).toHaveLength(count);
  });
});

describe('export-docs follows re-exports and reports at the index', () => {
  test.each([
    ["export { x } from './a.ts';", 'const x = 1;\nexport { x };', 1],
    ["export * from './a.ts';", 'export const x = 1;', 1],
    ["export { y as x } from './a.ts';", 'export function y() {}', 1],
    ["export { type X } from './a.ts';", '/** An X. */\nexport type X = 1;', 0],
    ["export * from './a.ts';", '/** One. */\nexport const x = 1;', 0],
    ["export { x } from 'elsewhere';", '', 0],
  ])('%s of %s: %i', (index, declared, count) => {
    expect(check(INDEX, index, { [LIB]: declared })).toHaveLength(count);
  });
});

describe('exceptions', () => {
  test('a comment with a reason allows one rule on the next line', () => {
    expect(check(LIB, '// tidy-allow any: the parser says so\nconst x = 1 as any;')).toEqual([]);
    expect(check(LIB, '// tidy-allow any: the parser says so\nlet y;\nconst x = 1 as any;')).toContain(
      'any@3',
    );
    expect(check(LIB, '// tidy-allow non-null: wrong rule\nconst x = 1 as any;')).toContain('any@2');
  });

  test('two of them may stand above each other', () => {
    const comments = '// tidy-allow any: the parser says so\n// tidy-allow non-null: checked above\n';
    expect(check(LIB, `${comments}const x = y! as any;`)).toEqual([]);
  });

  test('without a reason it allows nothing', () => {
    expect(check(LIB, '// tidy-allow any\nconst x = 1 as any;')).toEqual(['tidy-allow@1', 'any@2']);
    expect(check(LIB, '// tidy-allow any:\nconst x = 1 as any;')).toEqual(['tidy-allow@1', 'any@2']);
  });

  test('tests may expect an error, labs and starters may export a default, a describe may be long', () => {
    expect(check(TEST, '// @ts-expect-error')).toEqual([]);
    expect(check('labs/raft/lab.ts', 'export default 1;')).toEqual([]);
    expect(check('labs/raft/starter/raft.ts', 'export default 1;')).toEqual([]);
    expect(check('vitest.config.ts', 'export default 1;')).toEqual([]);
    expect(check(INDEX, 'export { x as default };')).toEqual([]);
    expect(check(TEST, `describe('x', () => {\n${lines(100)}});`)).toEqual([]);
  });

  test('bug variants, examples and attacks are left alone', () => {
    const text = 'export default (1 as any)!;';
    expect(check('labs/raft/bugs/a.ts', text)).toEqual([]);
    expect(check('examples/submissions/raft/one/raft.ts', text)).toEqual([]);
    expect(check('tools/grader/attacks/a.ts', text)).toEqual([]);
  });
});

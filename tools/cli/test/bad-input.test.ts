import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { idleRaft, lockstep, makeFolder, type Outcome } from './run-cli.ts';

const ONE_RUN = ['--test', 'raft/A/initial-election', '--seeds', '1'];

/** One sentence on the standard error, nothing of ours behind it, and status 2. */
function expectSentence({ status, out, err }: Outcome, sentence: string | RegExp): void {
  expect(err.trimEnd().split('\n').at(-1)).toMatch(sentence);
  expect(err).not.toMatch(/^\s+at /m);
  expect(out).toBe('');
  expect(status).toBe(2);
}

describe('bad usage is one sentence with the nearest names', () => {
  test.each([
    [['test', 'rafft'], 'There is no lab "rafft". Did you mean raft?'],
    [['test', 'raft', '--test', 'initial-electoin'], 'Did you mean raft/A/initial-election?'],
    [['test', 'raft', '--part', 'Z'], 'There is A, B, C'],
    [['test', 'raft', '--seeds', 'many'], 'It must be a whole number from 1 up.'],
    [['test', 'raft', '--seed', '7', '--first-seed', '3'], "cannot be used with option '--first-seed <n>'"],
    [['test', 'raft', '--patch', 'nowhere.json'], 'There is no bug file'],
    [['test', 'raft', '--with', 'kv=x'], 'nothing lies below it'],
    [['test', 'raft', '--watch'], '--watch needs --impl'],
    [['grade', 'nowhere'], 'There is no folder or archive nowhere.'],
    [['grade', '.'], 'There is no submission in .: no folder or archive there holds'],
    [['replay', 'nowhere.json'], 'There is no file nowhere.json'],
    [['replay', 'package.json'], 'package.json is not a failure file.'],
    [['replay', 'package.json', '--node', 'n1'], 'so it needs --inspect-brk'],
    [['tset'], "unknown command 'tset'"],
  ])('lockstep %j', async (args, sentence) => {
    const cwd = makeFolder({ 'package.json': '{}' });
    const { status, err } = await lockstep(args, { cwd });
    expect(err).toContain(sentence);
    expect(status).toBe(2);
  });
});

describe('a bad submission is refused in one sentence', () => {
  const refuse = async (files: Readonly<Record<string, string>>): Promise<Outcome> =>
    lockstep(['test', 'raft', '--impl', '.', ...ONE_RUN], { cwd: makeFolder(files) });

  test('without its entry file', async () => {
    expectSentence(await refuse({ 'main.ts': '' }), /There is no raft\.ts in .*main\.ts/);
  });

  test('with a syntax error, by file and line', async () => {
    expectSentence(await refuse({ 'raft.ts': 'const a = 1;\nconst b = (;\n' }), /raft\.ts:2.*Unexpected ";"/);
  });

  test('with an import of anything but the API and its own files', async () => {
    expectSentence(await refuse({ 'raft.ts': "import 'node:fs';\n" }), /raft\.ts:1.*node:fs/);
    expectSentence(await refuse({ 'raft.ts': "\nimport '../elsewhere.ts';\n" }), /raft\.ts:2.*elsewhere/);
  });
});

describe('a submission that builds, but is no Raft, fails with the reason', () => {
  const failing = async (code: string): Promise<Outcome> =>
    lockstep(['test', 'raft', '--impl', '.', ...ONE_RUN], { cwd: makeFolder({ 'raft.ts': code }) });

  test('because its default export is of the wrong kind', async () => {
    const { status, out } = await failing('export default { start: 1 };\n');
    expect(out).toMatch(/default/);
    expect(status).toBe(1);
  });

  test('because it was written for another contract', async () => {
    const { status, out } = await failing(`${idleRaft()}export const contract = 'raft/9';\n`);
    expect(out).toMatch(/raft\/9/);
    expect(status).toBe(1);
  });

  test('because it hangs while it is loaded', async () => {
    const { status, out } = await failing('for (;;) {}\nexport default 1;\n');
    expect(out).toContain('did not give control back');
    expect(status).toBe(1);
  });

  test('because it is not written yet', async () => {
    const raft = idleRaft("throw new NotImplemented('Raft part A: elections');");
    const code = `import { NotImplemented } from '@lockstep/api';\n${raft}`;
    const { status, out } = await failing(code);
    expect(out).toContain('not implemented');
    expect(out).not.toContain('crash');
    expect(status).toBe(1);
  });
});

describe('a hostile folder', () => {
  test('has no say in our own code, as current folder or as submission', async () => {
    const trap = (name: string): string =>
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(name)}, '');\nexport const z = {};\n`;
    const cwd = makeFolder();
    const marker = join(cwd, 'caught');
    const code = trap(marker);
    const mapped = Object.fromEntries(
      ['zod', 'commander', '@lockstep/api', '@lockstep/grader', '@lockstep/test-harness/runner'].map(
        (name) => [name, ['./trap.ts']],
      ),
    );
    const files = {
      'raft.ts': idleRaft(),
      'trap.ts': code,
      'tsconfig.json': JSON.stringify({
        compilerOptions: { baseUrl: '.', paths: mapped, jsxImportSource: './trap' },
      }),
      'package.json': JSON.stringify({
        name: 'lockstep',
        type: 'module',
        main: 'trap.ts',
        imports: { '#x': './trap.ts' },
      }),
      '.npmrc': `node-options=--import=${join(cwd, 'trap.mjs')}\n`,
      'trap.mjs': code,
      'esbuild.config.mjs': code,
      'node_modules/esbuild/package.json': '{"name":"esbuild","main":"index.js"}',
      'node_modules/esbuild/index.js': `require('fs').writeFileSync(${JSON.stringify(marker)}, '')`,
      'node_modules/@lockstep/api/package.json': '{"name":"@lockstep/api","type":"module","main":"index.js"}',
      'node_modules/@lockstep/api/index.js': code,
      'labs/raft/lab.ts': code,
    };
    const own = makeFolder(files);
    for (const options of [{ cwd: own }, { cwd: makeFolder() }]) {
      const { status } = await lockstep(['test', 'raft', '--impl', own, ...ONE_RUN], options);
      expect(status).toBe(1);
    }
    expect(existsSync(marker)).toBe(false);
  });
});

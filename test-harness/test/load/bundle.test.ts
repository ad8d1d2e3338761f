import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { buildFolder, buildReference } from '../../src/runner/index.ts';
import { build, bundle, echoLab, folderOf, logsOf, runOne } from '../runner/echo.ts';

async function failure(code: string | Readonly<Record<string, string>>): Promise<string> {
  const outcome = await build(code);
  return outcome.ok ? 'it was bundled' : `${outcome.code}: ${outcome.message}`;
}

describe('bundling a submission', () => {
  it('takes the entry and what it imports by a relative path, and nothing else', async () => {
    const row = await runOne({
      'echo.ts': `
        import type { Host } from '@lockstep/api';
        import { RpcError, type Client } from '@lockstep/api';
        import { one } from './parts/one';
        import { two } from './two.js';
        import data from './data.json';
        export type { Client };
        export default (host: Host) => {
          host.log.info([one, two, data.three, new RpcError('unavailable', 'x').code].join(' '));
          return {};
        };`,
      'parts/one/index.ts': `import { helper } from '../../helper.mts'; export const one = helper(1);`,
      'helper.mts': `export const helper = (n: number): string => 'n' + n;`,
      'two.ts': `export enum Two { two = 2 } export const two = Two.two;`,
      'data.json': '{"three": 3}',
      'broken.ts': 'this is not TypeScript',
    });
    expect(logsOf(row)).toEqual(['n1 2 3 unavailable', 'n1 2 3 unavailable']);
  });

  it('names a submission by what its entry reaches', async () => {
    const files = { 'echo.ts': `export { default } from './a.ts';`, 'a.ts': 'export default () => ({});' };
    const { hash } = await bundle(files);
    expect((await bundle({ ...files, 'other.ts': 'export {};' })).hash).toBe(hash);
    expect((await bundle({ ...files, 'a.ts': 'export default () => ({ });' })).hash).not.toBe(hash);
  });

  it('says in one sentence, with file and line, what is wrong', async () => {
    expect(await failure({ 'other.ts': '' })).toMatch(
      /^no-entry: There is no echo\.ts in "lockstep-\w+"; it holds other\.ts\.$/,
    );
    expect(await failure('const a = 1;\nconst b = {;\n')).toBe(
      'syntax: echo.ts:2: Expected identifier but found ";".',
    );
    expect(await failure({ 'echo.ts': `import './deep/x.ts';`, 'deep/x.ts': '\n\nlet let = 1;' })).toMatch(
      /^syntax: deep\/x\.ts:3: .*\.$/,
    );
    expect(await failure(`await Promise.resolve();\nexport default 1;`)).toMatch(
      /^syntax: echo\.ts:1: Top-level await/,
    );
    expect(await failure(`\nimport { Nonsense } from '@lockstep/api';\nexport default Nonsense;`)).toBe(
      'refused-import: echo.ts:2: imports "Nonsense", which @lockstep/api does not export.',
    );
  });

  it.each([
    [`import fs from 'node:fs'; export default fs;`, 'imports "node:fs"'],
    [`import x from 'lodash'; export default x;`, 'imports "lodash"'],
    [`import x from '@lockstep/test-harness'; export default x;`, 'imports "@lockstep/test-harness"'],
    [`import x from '/etc/passwd'; export default x;`, 'imports "/etc/passwd"'],
    [`import x from 'file:///etc/passwd'; export default x;`, 'imports "file:///etc/passwd"'],
    [
      `import x from '../../../etc/hostname'; export default x;`,
      'imports "../../../etc/hostname", which leaves',
    ],
    [
      `import x from './missing.ts'; export default x;`,
      'imports "./missing.ts", but the submission has no such file',
    ],
    [`export default import('node:fs');`, 'uses import()'],
    [`const name = 'node:fs'; export default import(name);`, 'uses import()'],
    [`export default require('fs');`, 'uses require()'],
    [`const name = 'fs'; export default require(name);`, 'uses require()'],
    [`export default [require].map((r) => r('fs'));`, 'uses require()'],
  ])('refuses %s', async (code, reason) => {
    expect(await failure(code)).toMatch(/^refused-import: echo\.ts:1: /);
    expect(await failure(code)).toContain(reason);
  });

  it('looks for no files that fit a pattern, and says where it stands', async () => {
    const pattern = (call: string): string => `type T = number;\n\nexport default (x: T) => ${call};`;
    expect(await failure(pattern('import(`../../../../../../../../${x}.json`)'))).toBe(
      'refused-import: echo.ts:3: uses import(), which a submission may not.',
    );
    expect(await failure(pattern('require(`../../../../../../../../${x}.json`)'))).toBe(
      'refused-import: echo.ts:3: uses require(), which a submission may not.',
    );
  });

  it('takes functions that are called require, and texts that speak of it', async () => {
    const own = 'function require(x: boolean): void { if (!x) throw new Error("import(x), require(x)"); }';
    const built = await build(`${own}\n/* import(x) */ require(true);\nexport default () => ({});`);
    expect(built).toMatchObject({ ok: true });
  });

  it('says why a file that is there may not be imported', async () => {
    const folder = folderOf({ 'echo.ts': `import x from './big.json'; export default x;` });
    writeFileSync(join(folder, 'big.json'), `"${'x'.repeat(1 << 20)}"`);
    expect(await buildFolder(folder, await echoLab())).toEqual({
      ok: false,
      code: 'refused-file',
      message: 'echo.ts:1: imports "./big.json", but "big.json" is larger than 1 MiB.',
    });
  });

  it('survives sources that crash the bundler, and goes on with the next', async () => {
    const nested = `export default ${'['.repeat(400_000)}`;
    expect(await failure(nested)).toMatch(/^(build-crashed|build-timeout|syntax): /);
    expect((await build('export default () => ({});')).ok).toBe(true);
  });

  it('keeps lines and columns of the sources', async () => {
    const { map } = await bundle({
      'echo.ts': `import { f } from './lib/f.ts'; export default f;`,
      'lib/f.ts': 'export const f = () => ({});',
    });
    expect((JSON.parse(map) as { sources: string[] }).sources.toSorted()).toEqual(['echo.ts', 'lib/f.ts']);
  });

  it('gives a debugger the files themselves', async () => {
    const folder = folderOf({ 'echo.ts': 'export default () => ({});' });
    const outcome = await buildFolder(folder, await echoLab(), { debug: true });
    if (!outcome.ok) throw new Error(outcome.message);
    expect(JSON.parse(outcome.bundle.map)).toMatchObject({
      sources: [`file://${folder}/echo.ts`],
      sourcesContent: ['export default () => ({});'],
    });
  });
});

describe('hostile configuration', () => {
  const home = process.cwd();
  afterEach(() => process.chdir(home));

  it('has no effect, as a submission or as the current folder', async () => {
    const files = {
      'tsconfig.json': JSON.stringify({
        extends: './base.json',
        compilerOptions: {
          baseUrl: '.',
          paths: { '@lockstep/api': ['./evil.ts'], './helper.ts': ['./evil.ts'], esbuild: ['./evil.ts'] },
          jsxFactory: 'evil',
          useDefineForClassFields: false,
        },
      }),
      'package.json': JSON.stringify({
        imports: { '#x': './evil.ts' },
        browser: { './helper.ts': './evil.ts' },
      }),
      '.npmrc': 'script-shell=/bin/false',
      'node_modules/@lockstep/api/index.ts': `throw new Error('evil');`,
      'node_modules/esbuild/index.js': `throw new Error('evil');`,
      'evil.ts': `throw new Error('evil');`,
      'helper.ts': `export const helper = 'honest';`,
      'echo.ts': `
        import { NotImplemented } from '@lockstep/api';
        import { helper } from './helper.ts';
        export default (host: any) => { host.log.info(helper, { name: new NotImplemented('x').name }); return {}; };`,
    };
    const folder = folderOf(files);
    process.chdir(folder);
    const row = await runOne(files);
    expect(row.verdict).toEqual({ status: 'pass' });
    expect(logsOf(row)[0]).toBe('honest {name: "NotImplemented"}');
  });
});

describe('the reference', () => {
  it('goes through the same bundler, from its own folder', async () => {
    const outcome = await buildReference(await echoLab());
    expect(outcome).toMatchObject({ ok: true, bundle: { name: 'reference' } });
  });

  it('may be built from libraries, which submissions cannot import', async () => {
    const outcome = await buildReference(await echoLab());
    if (!outcome.ok) throw new Error(outcome.message);
    const { sources } = JSON.parse(outcome.bundle.map) as { sources: string[] };
    expect(sources).toContain('echo-words/hello.ts');
    expect(await build(`import 'echo-words';`)).toMatchObject({ code: 'refused-import' });
  });

  it('can have a bug put into a library of it', async () => {
    const changes = [{ file: 'echo-words/hello.ts', find: "'hello'", replace: "'bye'" }];
    const patch = { id: 'rude', title: 'Rude', breaks: ['manners'], why: 'Says bye.', changes };
    const folder = folderOf({ 'rude.json': JSON.stringify(patch) });
    const outcome = await buildReference(await echoLab(), join(folder, 'rude.json'));
    expect(outcome).toMatchObject({ bundle: { js: expect.stringContaining('"bye"') as string } });
  });

  it('can have a bug put into it', async () => {
    const patch = {
      id: 'rude',
      title: 'Rude',
      breaks: ['manners'],
      why: 'Says bye.',
      changes: [{ file: 'greet.ts', find: '${HELLO} from', replace: 'bye from' }],
    };
    const folder = folderOf({ 'rude.json': JSON.stringify(patch), 'bad.json': '{}' });
    const outcome = await buildReference(await echoLab(), join(folder, 'rude.json'));
    if (!outcome.ok) throw new Error(outcome.message);
    expect(outcome.bundle.name).toBe('reference + rude');
    expect(outcome.bundle.js).toContain('bye from');
    expect(await buildReference(await echoLab(), join(folder, 'bad.json'))).toMatchObject({
      ok: false,
      code: 'bad-patch',
    });
    expect(await buildReference(await echoLab(), join(folder, 'none.json'))).toMatchObject({
      code: 'bad-patch',
      message: expect.stringMatching(/^There is no bug file/) as string,
    });
  });
});

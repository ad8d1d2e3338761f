/*
 * The wall of the bundler: whatever an import says, it finds the submission's own files and the API, and nothing else.
 * `SECRET` stands for the absolute path of a JSON file outside of the submission; `UP` for the way there.
 */

/** An attack on the bundler. */
export interface BundlingAttack {
  readonly id: string;
  /** Files of the submission. */
  readonly files: Readonly<Record<string, string>>;
  /** What the refusal must say. */
  readonly refusal: RegExp;
  /** What a bundler that looks at the disk would find; the attack is one because of this. */
  readonly finds?: 'secret' | 'builtin';
}

function uses(statement: string): string {
  return `${statement}\nexport default () => ({ put: () => {}, get: () => secret });`;
}

/** All attacks on the bundler. */
export const BUNDLING_ATTACKS: readonly BundlingAttack[] = [
  {
    id: 'import-above',
    files: { 'relay.ts': uses(`import secret from 'UP/secret.json';`) },
    refusal: /leaves the submission's folder/,
    finds: 'secret',
  },
  {
    id: 'import-absolute',
    files: { 'relay.ts': uses(`import secret from 'SECRET';`) },
    refusal: /may import "@lockstep\/api"/,
    finds: 'secret',
  },
  {
    id: 'import-above-from-below',
    files: {
      'relay.ts': uses(`import { secret } from './lib/deep/index.ts';`),
      'lib/deep/index.ts': `export { default as secret } from '../../UP/secret.json';`,
    },
    refusal: /leaves the submission's folder/,
    finds: 'secret',
  },
  {
    id: 're-export-above',
    files: {
      'relay.ts': `import * as secret from 'UP/secret.json'; export * from 'UP/secret.json'; ${uses('')}`,
    },
    refusal: /leaves the submission's folder/,
    finds: 'secret',
  },
  {
    id: 'import-file-url',
    files: { 'relay.ts': uses(`import secret from 'file://SECRET';`) },
    refusal: /may import "@lockstep\/api"/,
  },
  {
    id: 'import-data-url',
    files: { 'relay.ts': uses(`import secret from 'data:application/json,{}';`) },
    refusal: /may import "@lockstep\/api"/,
    finds: 'builtin',
  },
  {
    id: 'paths-of-own-tsconfig',
    files: {
      'relay.ts': uses(`import secret from 'hidden/secret.json';`),
      'tsconfig.json': '{ "compilerOptions": { "baseUrl": ".", "paths": { "hidden/*": ["UP/*"] } } }',
    },
    refusal: /may import "@lockstep\/api"/,
    finds: 'secret',
  },
  {
    id: 'imports-of-own-package',
    files: {
      'relay.ts': uses(`import secret from '#secret';`),
      'package.json': '{ "name": "x", "imports": { "#secret": "./UP/secret.json" } }',
    },
    refusal: /may import "@lockstep\/api"/,
  },
  {
    id: 'replacement-of-own-package',
    files: {
      'relay.ts': uses(`import secret from './local.json';`),
      'local.json': '{}',
      'package.json': '{ "name": "x", "browser": { "./local.json": "./UP/secret.json" } }',
    },
    // Nothing to refuse: its own file is what it gets.
    refusal: /^$/,
  },
  ...[
    'fs',
    'node:fs',
    'node:child_process',
    'node:vm',
    'node:worker_threads',
    'node:inspector',
    'module',
  ].map(
    (name): BundlingAttack => ({
      id: `builtin-${name}`,
      files: { 'relay.ts': uses(`import * as secret from '${name}';`) },
      refusal: /may import "@lockstep\/api"/,
      finds: 'builtin',
    }),
  ),
  ...['esbuild', 'ses', 'zod', '@lockstep/test-harness', '@lockstep/raft', '@lockstep/api/src/host.ts'].map(
    (name): BundlingAttack => ({
      id: `package-${name}`,
      files: { 'relay.ts': uses(`import * as secret from '${name}';`) },
      refusal: /may import "@lockstep\/api"/,
    }),
  ),
  ...Object.entries({
    require: `const secret = (require as any)('fs');`,
    'require-expression': `const secret = (require as any)('f' + 's');`,
    'import-call': `const secret = await import('node:fs');`,
    'import-expression': `const secret = await import('node:' + 'fs');`,
    'import-with-attributes': `import secret from './x.json' with { type: 'file' };`,
  }).map(
    ([id, statement]): BundlingAttack => ({
      id,
      files: { 'relay.ts': uses(statement) },
      refusal: /may not|no such file|not available|Top-level await|Importing with/i,
    }),
  ),
  // Patterns: the bundler would look through the disk for files that fit them, and ask nobody.
  ...Object.entries({
    'import-pattern': 'const secret = import(`UP/${name}.json`); const name = String(1);',
    'require-pattern':
      'const secret = require(`UP/${name}.json`); const name = String(1); declare const require: any;',
    'import-pattern-from-root': 'const secret = import(`.OUTSIDE/${name}.json`); const name = String(1);',
    'import-pattern-in-sum': `const secret = import('.OUTSIDE/' + name + '.json'); const name = String(1);`,
  }).map(
    ([id, statement]): BundlingAttack => ({
      id,
      files: { 'relay.ts': uses(statement) },
      refusal: /^relay\.ts:1: uses (import|require)\(\), which a submission may not\.$/,
      ...(id.includes('root') || id.includes('sum') ? {} : { finds: 'secret' as const }),
    }),
  ),
  {
    id: 'breaks-out-of-the-wrapper',
    files: { 'relay.ts': `${uses('const secret = 1;')} })(); globalThis.leak = 1; (() => {` },
    refusal: /relay\.ts:2/,
  },
  ...[
    ['brackets', '['.repeat(500_000)],
    ['parentheses', `export default ${'('.repeat(300_000)}1${')'.repeat(300_000)}`],
    ['unary', `export default ${'-'.repeat(1)}${'!'.repeat(400_000)}1`],
    ['templates', '`${'.repeat(200_000)],
    ['blocks', '{'.repeat(400_000)],
    ['arrows', `export default ${'()=>'.repeat(200_000)}1`],
    ['types', `type T = ${'['.repeat(200_000)}`],
  ].map(
    ([id = '', text = '']): BundlingAttack => ({
      id: `nests-${id}`,
      files: { 'relay.ts': text },
      refusal: /bundler died|relay\.ts:\d+|Bundling took/,
    }),
  ),
  {
    id: 'grows-when-bundled',
    files: {
      'relay.ts': `${Array.from({ length: 12 }, (_, i) => `import x${i} from './f${i}.json';`).join('\n')}
        export default () => [${Array.from({ length: 12 }, (_, i) => `x${i}`).join(', ')}];`,
      ...Object.fromEntries(
        Array.from({ length: 12 }, (_, i) => [`f${i}.json`, JSON.stringify('x'.repeat(600_000))]),
      ),
    },
    refusal: /take more than \d+ characters bundled/,
  },
];

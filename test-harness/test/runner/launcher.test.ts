import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { REPO_ROOT } from '../../src/runner/index.ts';
import { folderOf } from './echo.ts';

const LAUNCHER = join(REPO_ROOT, 'tools/cli/bin/lockstep.mjs');

describe('the launcher', () => {
  it('takes nothing from the current folder', async () => {
    const evil = `throw new Error('evil');`;
    const cwd = folderOf({
      'tsconfig.json': JSON.stringify({
        compilerOptions: { baseUrl: '.', paths: { '@lockstep/*': ['./evil.ts'], commander: ['./evil.ts'] } },
      }),
      'package.json': JSON.stringify({ name: 'lockstep', imports: { '#x': './evil.ts' } }),
      '.npmrc': 'node-options=--require=./evil.ts',
      'evil.ts': evil,
      'tools/cli/src/main.ts': evil,
      'node_modules/esbuild/index.js': evil,
      'node_modules/commander/index.js': evil,
    });
    const { stdout } = await promisify(execFile)(process.execPath, [LAUNCHER, '--help'], { cwd });
    expect(stdout).toMatch(/^Usage: lockstep /);
  });
});

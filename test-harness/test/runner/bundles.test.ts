import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundleOf } from '../../src/runner/bundles.ts';
import { discoverLabs } from '../../src/runner/index.ts';
import { labIn } from '../../src/runner/labs.ts';
import { folderOf } from './echo.ts';

describe('bundles of our own programs', () => {
  it('are kept until a source changes', async () => {
    const folder = folderOf({ 'a.ts': `export const a = 'first';` });
    const program = {
      name: 'test-program',
      source: `import { a } from '${folder}/a.ts'; import { z } from 'zod'; console.log(a, typeof z);`,
    };
    const first = await bundleOf(program);
    const made = statSync(first).mtimeMs;
    expect(readFileSync(first, 'utf8')).toContain('"first"');
    expect(await bundleOf(program)).toBe(first);
    expect(statSync(first).mtimeMs).toBe(made);
    writeFileSync(`${folder}/a.ts`, `export const a = 'second';`);
    const second = await bundleOf(program);
    expect(second).not.toBe(first);
    expect(readFileSync(second, 'utf8')).toContain('"second"');
  });

  it('may be made by many at the same time', async () => {
    const folder = folderOf({ 'a.ts': `export const a = 'many';` });
    const program = { name: 'test-program', source: `import { a } from '${folder}/a.ts'; console.log(a);` };
    const paths = await Promise.all(Array.from({ length: 5 }, () => bundleOf(program)));
    expect(new Set(paths).size).toBe(1);
  });

  it('fail with file and line when a source is wrong', async () => {
    const folder = folderOf({ 'a.ts': `export const a = ;` });
    const program = { name: 'test-program', source: `import '${folder}/a.ts';` };
    await expect(bundleOf(program)).rejects.toThrow(/a\.ts:1:17/);
  });
});

describe('labs', () => {
  it('are found by their folders', async () => {
    const labs = await discoverLabs();
    expect(labs.map(({ id }) => id)).toContain('raft');
    for (const lab of labs) {
      expect(statSync(lab.reference).isFile()).toBe(true);
      expect(lab.parts.flatMap(({ tests }) => tests).every(({ id }) => id.startsWith(`${lab.id}/`))).toBe(
        true,
      );
    }
  });

  it('are refused with a sentence when they are none', async () => {
    const folder = folderOf({ 'lab.ts': `export default { id: 'other' };` });
    await expect(labIn(folder)).rejects.toThrow(/does not describe a lab/);
    const throwing = folderOf({ 'lab.ts': `throw new Error('half written');` });
    await expect(labIn(throwing)).rejects.toThrow(/half written/);
  });
});

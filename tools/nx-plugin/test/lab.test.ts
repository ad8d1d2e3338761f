import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBoundaries, checkTidy, formatFinding, readTree } from '@lockstep/checks';
import { copyWorkspace, type CopiedWorkspace, type Ended } from './copied-workspace.ts';

const LAB = 'throw-away';
const EXAMPLES = `examples/submissions/${LAB}`;
/** What Nx says of a task that it did not run. */
const REPLAYED = 'instead of running the command';
const FOLDERS = [`labs/${LAB}`, `libs/${LAB}`];
/** Each step starts programs that bundle and type-check; the machine may be busy. */
const PATIENCE_MS = 120_000;

/**
 * A lab that nobody has ever seen goes through everything that a lab must go through, in a copy of the working tree.
 * If a file outside the lab's own folders had to name it, this would find out.
 */
describe('a lab made by the generator', { timeout: PATIENCE_MS }, () => {
  let workspace: CopiedWorkspace;

  beforeAll(async () => {
    workspace = copyWorkspace();
    const generated = await workspace.run('nx', 'g', '@lockstep/nx-plugin:lab', LAB);
    expectSuccess(generated);
    workspace.link();
  }, PATIENCE_MS);

  afterAll(() => workspace.delete());

  test('is written to its own folders, and to the list of contracts', () => {
    for (const path of [
      `labs/${LAB}/lab.ts`,
      `labs/${LAB}/README.md`,
      `labs/${LAB}/starter/${LAB}.ts`,
      `libs/${LAB}/src/index.ts`,
      `libs/api/src/${LAB}.ts`,
      `${EXAMPLES}/expected.json`,
    ]) {
      expect(existsSync(join(workspace.root, path)), path).toBe(true);
    }
    expect(readFileSync(join(workspace.root, 'libs/api/src/index.ts'), 'utf8')).toContain(
      'THROW_AWAY_CONTRACT',
    );
  });

  test('keeps the rules of the house', async () => {
    const tree = readTree(workspace.root);
    const findings = [...checkBoundaries(tree), ...checkTidy(tree)].filter(({ file }) => file.includes(LAB));
    expect(findings.map(formatFinding)).toEqual([]);
    expectSuccess(await workspace.run('prettier', '--check', ...FOLDERS, 'libs/api/src/index.ts'));
  });

  test('compiles', async () => {
    const project = {
      extends: './tsconfig.base.json',
      include: FOLDERS.map((folder) => `${folder}/**/*.ts`),
    };
    writeFileSync(join(workspace.root, 'tsconfig.new.json'), JSON.stringify(project));
    const { stdout } = await workspace.run('tsc', '--noEmit', '--pretty', 'false', '-p', 'tsconfig.new.json');
    // Other packages may be in the middle of a change; an error without a place is one of this very project.
    expect(stdout.split('\n').filter((line) => line.includes(LAB) || line.startsWith('error'))).toEqual([]);
  });

  test('is refused under a name that is taken', async () => {
    const taken = await workspace.run('nx', 'g', '@lockstep/nx-plugin:lab', LAB);
    expect([taken.status, taken.stdout + taken.stderr]).toEqual([
      1,
      expect.stringContaining('exists already'),
    ]);
  });

  test('lockstep labs lists it', async () => {
    const { stdout } = expectSuccess(await workspace.run('lockstep', 'labs'));
    expect(stdout).toContain(LAB);
    expect(stdout).toContain('raft');
  });

  test('lockstep test passes its reference', async () => {
    const { stdout } = expectSuccess(await workspace.run('lockstep', 'test', LAB, '--seeds', '2'));
    expect(stdout).toContain(`${LAB}/A/survives-crashes`);
  });

  test('lockstep new makes a starter that fails honestly', async () => {
    expectSuccess(await workspace.run('lockstep', 'new', LAB));
    const folder = `work/${LAB}`;
    expect(existsSync(join(workspace.root, folder, `${LAB}.ts`))).toBe(true);
    const { status, stdout } = await workspace.run('lockstep', 'test', LAB, '--impl', folder, '--seeds', '1');
    expect(status).toBe(1);
    expect(stdout).toContain('not implemented');
  });

  test('lockstep bugs shows that the suite catches its bug', async () => {
    const { stdout } = expectSuccess(await workspace.run('lockstep', 'bugs', LAB));
    expect(stdout).toContain('confirms-too-early');
  });

  test('lockstep grade gives its examples the scores that they must get', async () => {
    const expected = `${EXAMPLES}/expected.json`;
    expectSuccess(
      await workspace.run('lockstep', 'grade', EXAMPLES, '--lab', LAB, '--expect', expected, '--seeds', '3'),
    );
  });

  test('nx run grades them too, and fails when a score differs', async () => {
    expectSuccess(await workspace.run('nx', 'run', `${LAB}:grade`, '--seeds=2'));
    const { status } = await workspace.run(
      'nx',
      'run',
      `${LAB}:grade`,
      '--seeds=2',
      '--expect=no-such-file.json',
    );
    expect(status).not.toBe(0);
  });

  test('nx test replays a pass until the library that the lab loads by path is broken', async () => {
    const first = expectSuccess(await workspace.run('nx', 'test', LAB));
    expect(first.stdout).not.toContain(REPLAYED);
    expect(expectSuccess(await workspace.run('nx', 'test', LAB)).stdout).toContain(REPLAYED);

    const source = join(workspace.root, `libs/${LAB}/src/counter.ts`);
    const sound = readFileSync(source, 'utf8');
    writeFileSync(source, sound.replace('await this.#host.disk.write', 'void this.#host.disk.write'));
    const broken = await workspace.run('nx', 'test', LAB);
    expect([broken.status, broken.stdout + broken.stderr]).toEqual([
      1,
      expect.stringContaining('durability'),
    ]);

    writeFileSync(source, sound);
    expect(expectSuccess(await workspace.run('nx', 'test', LAB)).stdout).toContain(REPLAYED);
  });
});

function expectSuccess(ended: Ended): Ended {
  expect(ended.status, `${ended.stdout}\n${ended.stderr}`).toBe(0);
  return ended;
}

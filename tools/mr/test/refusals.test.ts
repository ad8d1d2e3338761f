import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JobFolder } from './support/job-folder.ts';

describe('a job', () => {
  let folder: JobFolder;
  let text: string;
  beforeEach(() => {
    folder = new JobFolder();
    text = folder.write('text.txt', 'one two\ntwo\n');
  });
  afterEach(() => folder.remove());

  it('is refused a folder that holds anything else', async () => {
    mkdirSync(folder.in('out'));
    folder.write('out/diary.txt', 'dear diary');
    await expect(folder.run('word-count', [text])).rejects.toThrow(
      /out is not empty, and what it holds is of no job/,
    );
    expect(folder.outputs()).toEqual(['diary.txt']);
  });

  it('is refused the folder of another job, whatever makes it another one', async () => {
    await folder.run('word-count', [text]);
    const other = folder.write('other.txt', 'three\n');
    await expect(folder.run('indexer', [text])).rejects.toThrow(/holds the outputs of another job/);
    await expect(folder.run('word-count', [other])).rejects.toThrow(/another job/);
    await expect(folder.run('word-count', [text], { reduceTasks: 2 })).rejects.toThrow(/another job/);
    await expect(folder.run('word-count', [text], { options: { k: '1' } })).rejects.toThrow(/another job/);
    folder.write('text.txt', 'one two\ntwo\nchanged\n');
    await expect(folder.run('word-count', [text])).rejects.toThrow(/another job/);
    expect(folder.lines()).toHaveLength(2);
  });

  it('is refused a folder in which another command is at work', async () => {
    const slow = folder.write(
      'slow.ts',
      `export const app = {
        map: (line, { emit }) => new Promise((resolve) => setTimeout(resolve, 700)).then(() => emit(line, 1)),
        reduce: (key, values, { write }) => write(key),
      };`,
    );
    let second: Promise<unknown> | undefined;
    const first = await folder.run(slow, [text], {
      events: {
        progress: () => {
          second ??= folder.run(slow, [text]).catch((error: unknown) => error);
        },
      },
    });
    expect(String(await second)).toMatch(/Another command is at work in .*out/);
    expect(first.end).toBe('succeeded');
  });

  it.each([
    ['word-cuont', /There is no file word-cuont, and no application of that name: there is word-count, /],
    ['grep', /grep can't be used: grep wants a pattern: --set pattern=REGEXP\./],
  ])('cannot be done with the application %s', async (app, why) => {
    await expect(folder.run(app, [text])).rejects.toThrow(why);
  });

  it.each([
    ['no TypeScript', 'export const app = {', /can't be bundled: .*found end of file/],
    [
      'no application',
      'export const app = { map() {} };',
      /exports no `app` \(or default\) with a map and a reduce/,
    ],
    [
      'an import of nothing',
      "import './nothing.ts'; export const app = {};",
      /Could not resolve ".\/nothing.ts"/,
    ],
  ])('cannot be done with a file that holds %s', async (_, source, why) => {
    await expect(folder.run(folder.write('app.ts', source), [text])).rejects.toThrow(why);
  });

  it('is refused inputs that are not there, or there twice', async () => {
    await expect(folder.run('word-count', [folder.in('none.txt')])).rejects.toThrow(/none.txt can't be read/);
    await expect(folder.run('word-count', [text, text])).rejects.toThrow(/is there twice/);
    mkdirSync(folder.in('empty'));
    await expect(folder.run('word-count', [folder.in('empty')])).rejects.toThrow(/There are no input files/);
  });

  it('fails with the reason when its application throws again and again, and commits nothing', async () => {
    const app = folder.write(
      'app.ts',
      `export const app = {
        map(line) { throw new Error('this line is not for me: ' + line); },
        reduce() {},
      };`,
    );
    for (const workers of [2, 'sequential'] as const) {
      const outcome = await folder.run(app, [text], { workers });
      expect(outcome).toMatchObject({ end: 'failed', committed: 0 });
      expect(outcome.failure).toContain('this line is not for me: one two');
    }
    expect(folder.outputs()).toEqual([]);
  });

  it('fails when its workers end whatever is done, and says how they did', async () => {
    const app = folder.write('app.ts', `export const app = { map() { process.exit(7); }, reduce() {} };`);
    const outcome = await folder.run(app, [text]);
    expect(outcome.end).toBe('failed');
    expect(outcome.failure).toMatch(/w\d can't be kept running: it ended with status 7/);
  });
});

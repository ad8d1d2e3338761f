import { describe, expect, it } from 'vitest';
import { testsOfBugs } from '../../src/runner/vitest-bugs.ts';
import { echoLab, folderOf } from './echo.ts';

/** A bug that stops each node at its boot, with some of it told otherwise. */
function bug(id: string, more: object = {}): string {
  const changes = [{ file: 'index.ts', find: 'return {};', replace: 'throw new Error();' }];
  const rest = { title: id, breaks: ['no crash'], why: 'It throws.', caughtBy: 'echo/A/single' };
  return JSON.stringify({ id, ...rest, changes, ...more });
}

/** Runs the tests of a catalogue, and gives what each complains of. */
async function complaints(files: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const lab = await echoLab();
  const bodies = new Map<string, () => Promise<void>>();
  let close = async (): Promise<void> => {};
  testsOfBugs([lab], lab, folderOf(files), {
    describe: (_name, body) => body(),
    test: (name, body) => bodies.set(name, body),
    afterAll: (body) => {
      close = body;
    },
  });
  const found = new Map<string, string>();
  for (const [name, body] of bodies) {
    await body().catch((error: unknown) => found.set(name, (error as Error).message));
  }
  await close();
  return found;
}

const README = '| `throws` | It throws |\n';

describe('a catalogue of bugs as vitest tests', () => {
  it('is in order when each bug is caught by the test that it names', async () => {
    expect(await complaints({ 'README.md': README, 'throws.json': bug('throws') })).toEqual(new Map());
  });

  it('must have each bug in a file of its name, once, with a row in the README', async () => {
    const files = {
      'README.md': '| `gone` | It is gone |\n',
      'throws.json': bug('throws'),
      'x.json': bug('y'),
    };
    const found = await complaints(files);
    expect(found.get('names each bug after its file')).toBe('the bug "y" is in a file of another name');
    expect(found.get('has no two bugs that are the same change')).toMatch('"throws" and "y"');
    expect(found.get('has a row for every bug in its README, and for no other')).toMatch(/throws, y/);
  });

  it('fails for a bug that its test does not notice, or notices for another reason', async () => {
    const harmless = [{ file: 'index.ts', find: "'reference'", replace: "'bug'" }];
    const found = await complaints({
      'README.md': README,
      'harmless.json': bug('harmless', { changes: harmless }),
      'otherwise.json': bug('otherwise', { breaks: ['leader election'] }),
      'nameless.json': bug('nameless', { caughtBy: undefined }),
      'stale.json': bug('stale', { changes: [{ file: 'index.ts', find: 'no such text', replace: '' }] }),
    });
    expect(found.get('harmless is caught by echo/A/single')).toMatch('passes with the seeds 1, 2, 3');
    expect(found.get('otherwise is caught by echo/A/single')).toMatch(/does not state, no crash/);
    expect(found.get('nameless is caught by some test')).toMatch(/nothing under "caughtBy"/);
    expect(found.get('stale is caught by echo/A/single')).toMatch(/no longer fits/);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { interruptible } from '../src/interrupt.ts';
import { rowColumns } from '../src/io.ts';
import { showWindow } from '../src/view/listing.ts';
import { lockstep, makeFolder, quietIo, ROOT, writeFiles, type Outcome } from './run-cli.ts';

/** A run whose messages, crashes and elections are worth a look, on any machine the same. */
const PERSIST = 'raft/C/persist-3';
const BUG = join(ROOT, 'labs/raft/bugs/log-not-persisted.json');
const FILE = 'failure.json';

let recorded = '';

beforeAll(async () => {
  const cwd = makeFolder();
  await lockstep(['test', 'raft', '--patch', BUG, '--test', PERSIST, '--seed', '1'], { cwd });
  recorded = readFileSync(join(cwd, '.lockstep/failures/raft-C-persist-3-1.json'), 'utf8');
});

function folder(): string {
  return makeFolder({ [FILE]: recorded });
}

function replay(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return lockstep(['replay', FILE, ...args], { cwd: folder(), env });
}

/** The times of a listing's rows, in ms. */
function timesIn(text: string): number[] {
  return [...text.matchAll(/^ +(\d+\.\d\d) /gm)].map(([, ms]) => Number(ms));
}

describe('a window of a replay', () => {
  test('lists what happens from one time to another, both of them included', async () => {
    const { status, out } = await replay(['--from', '351ms', '--to', '0.91100s']);
    expect(out).toContain('  From 351 ms to 911 ms:');
    const times = timesIn(out);
    expect(times[0]).toBe(351);
    expect(times.at(-1)).toBe(911);
    expect(out).toContain('n1 crash');
    expect(out).toContain('the same as when it was recorded');
    expect(status).toBe(1);
  });

  test('begins at 0 when only its end is said, and goes on to the end when only its beginning is', async () => {
    const begin = await replay(['--to', '330ms']);
    expect(timesIn(begin.out)[0]).toBe(0);
    expect(Math.max(...timesIn(begin.out))).toBeLessThanOrEqual(330);
    const end = await replay(['--from', '1.19s']);
    expect(end.out).toMatch(/From 1190 ms to the end \(down at first: n2\):/);
    expect(Math.min(...timesIn(end.out))).toBeGreaterThanOrEqual(1190);
    expect(end.out).toMatch(/╳ +n3 leader completeness: n3, leader of term 2/);
  });

  test('says so when nothing happens in it', async () => {
    const { out } = await replay(['--from', '99s']);
    expect(out).toMatch(
      /From 99000 ms to the end, nothing happens; the last event of the run is at \d+\.\d ms\./,
    );
  });

  test('takes 500 rows at the most, and says what it leaves out', () => {
    const letters = (i: number): string =>
      String(i).replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
    const trace = Array.from({ length: 2000 }, (_, sequence) => {
      return { sequence, atUs: sequence * 1000, kind: 'log', node: 'n1', text: letters(sequence) } as const;
    });
    const { io, said } = quietIo();
    showWindow(io, trace, { fromMs: 100, toMs: 1500 }, ['n1']);
    expect(timesIn(said.join('\n')).length).toBeLessThanOrEqual(500);
    expect(said.join('\n')).toContain('lines not shown');
    expect(timesIn(said.join('\n')).at(-1)).toBe(1500);
  });

  test.each([
    [['--from', '1s', '--last', '5'], '--last lists the end of the run, and --from and --to a part of it'],
    [['--from', '2s', '--to', '1s'], '--from must not be later than --to.'],
    [['--to', '1s', '--shrink'], '--shrink looks for another one: take one of them.'],
    [['--to', '1s', '--inspect-brk'], 'With --inspect-brk, --from says where the debugger stops'],
    [['--from', '1s', '--node', 'n1'], '--node says where a debugger stops, so it needs --inspect-brk.'],
  ])('is refused in one sentence with %j', async (args, sentence) => {
    const { status, out, err } = await replay(args);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toContain(sentence);
    expect(out).toBe('');
    expect(status).toBe(2);
  });
});

describe('the rows of a listing', () => {
  const widest = (text: string): number => {
    const rows = text.split('\n').filter((line) => /^ {2}.* │ /.test(line));
    return Math.max(...rows.map((line) => line.length));
  };

  test('are as wide as COLUMNS says, and show more', async () => {
    const [narrow, wide] = [await replay([], { COLUMNS: '80' }), await replay([], { COLUMNS: '240' })];
    expect(widest(narrow.out)).toBeLessThanOrEqual(80);
    expect(widest(wide.out)).toBeGreaterThan(160);
    const cut = ({ out }: Outcome): number => out.match(/…$/gm)?.length ?? 0;
    expect(cut(wide)).toBeLessThan(cut(narrow));
  });

  test('are no wider than 160 columns on a terminal, and than 240 where COLUMNS asks for it', () => {
    expect(rowColumns({ columns: 120 })).toBe(120);
    expect(rowColumns({ columns: 300 })).toBe(160);
    expect(rowColumns({ columns: 300, hasAskedForColumns: true })).toBe(240);
  });
});

describe('shrinking that is interrupted', () => {
  /** Presses Ctrl-C once, when the output is as it should be. */
  async function interrupted(cwd: string, isTime: (text: string) => boolean): Promise<Outcome> {
    let isPressed = false;
    return lockstep(['replay', FILE, '--shrink'], {
      cwd,
      onOutput: (text, child) => {
        if (isPressed || !isTime(text)) return;
        isPressed = true;
        child.kill('SIGINT');
      },
    });
  }

  test('keeps the smallest run that it has found', async () => {
    const cwd = folder();
    const isSmaller = /shrinking: \d+ runs, (.*) → (?!\1;).*\(Ctrl-C keeps the smallest so far\)/;
    const { status, out, err } = await interrupted(cwd, (text) => isSmaller.test(text));
    expect(err).toContain('Ctrl-C ends it, and keeps the smallest run so far.');
    expect(out).toContain(`✗ ${PERSIST}, seed shrink-`);
    expect(out).toMatch(/Shrunk: .* before; .* now \(\d+ runs\)\./);
    expect(out).toMatch(/Smaller: .* replay failure\.shrunk\.json --shrink/);
    expect(err).toContain('lockstep: interrupted; failure.shrunk.json has the smallest run so far');
    expect(status).toBe(130);
    const { seed } = JSON.parse(readFileSync(join(cwd, 'failure.shrunk.json'), 'utf8')) as { seed: string };
    writeFiles(cwd, { [FILE]: readFileSync(join(cwd, 'failure.shrunk.json'), 'utf8') });
    const again = await lockstep(['replay', FILE], { cwd });
    expect(again.out).toContain(`✗ ${PERSIST}, seed ${seed}: leader completeness`);
    expect(again.out).toContain('the same as when it was recorded');
  });

  test('says so when it has found nothing smaller, and writes nothing', async () => {
    const cwd = folder();
    const { status, out, err } = await interrupted(cwd, (text) => text.includes('shrinking:'));
    expect(err.trimEnd().split('\n').at(-1)).toBe(
      'lockstep: interrupted; nothing smaller has been found yet, so nothing was written.',
    );
    expect(out).toBe('');
    expect(existsSync(join(cwd, 'failure.shrunk.json'))).toBe(false);
    expect(status).toBe(130);
  });

  test('ends at once when Ctrl-C is pressed again, which one key press passed on twice is not', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    let now = 0;
    const pressAt = (ms: number): void => {
      now = ms;
      process.emit('SIGINT');
    };
    const work = (signal: AbortSignal): Promise<void> => {
      pressAt(1000);
      pressAt(1100);
      expect(signal.aborted).toBe(true);
      expect(exit).not.toHaveBeenCalled();
      pressAt(1250);
      return Promise.resolve();
    };
    await interruptible(work, () => now);
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
    exit.mockRestore();
  });
});

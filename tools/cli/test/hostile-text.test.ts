import { visibleLines } from '@lockstep/test-harness/trace';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { OurFault, UsageError } from '../src/exit.ts';
import type { Io } from '../src/io.ts';
import { Progress } from '../src/progress.ts';
import { run } from '../src/run.ts';
import { idleRaft, lockstep, makeFolder, quietIo, type Outcome } from './run-cli.ts';

/** Clears the screen, moves the cursor, and turns what follows around. */
const HOSTILE = '\u001b[2J\u009b1;1H\u202eevil';
/** How it is shown. */
const SHOWN = '␛[2J\u{fffd}1;1H\u{fffd}evil';

/** Nothing of the text does anything but being read. */
function expectSafe(text: string): void {
  expect(text).toContain('evil');
  expect(visibleLines(text)).toBe(text);
}

describe('errors', () => {
  test('quote somebody else so that the quotation can only be read', () => {
    expect(new UsageError(`x ${HOSTILE}`).message).toBe(`x ${SHOWN}`);
    const fault = new OurFault(HOSTILE, HOSTILE);
    expect([fault.message, fault.details]).toEqual([SHOWN, HOSTILE]);
  });

  test('that nobody expects do so, too, and so does the file of details', async () => {
    const said: string[] = [];
    const { io } = quietIo();
    const out = (): void => {
      throw new Error(HOSTILE);
    };
    vi.spyOn(process, 'cwd').mockReturnValue(makeFolder());
    const status = await run(['labs'], { ...io, out, err: (text) => void said.push(text) });
    vi.restoreAllMocks();
    expect(status).toBe(3);
    expectSafe(said.join('\n'));
    const [, file = ''] = /in (\S+); please/.exec(said.join('')) ?? [];
    expectSafe(readFileSync(file, 'utf8'));
  });
});

test('lines of progress can only be read', () => {
  const said: string[] = [];
  const io: Io = { ...quietIo().io, err: (text) => void said.push(text) };
  const progress = new Progress(io, HOSTILE);
  progress.line(HOSTILE);
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
  progress.tick(HOSTILE);
  vi.restoreAllMocks();
  expect(said).toEqual([SHOWN, `${SHOWN}: 1 of 0 runs`]);
});

test('a class is graded whatever its folders are called', async () => {
  const name = `ann ${HOSTILE}`;
  const cwd = makeFolder({
    [`class/${name}/raft.ts`]: 'nonsense(;',
    'expected.json': JSON.stringify({
      version: 'lockstep-expected/1',
      submissions: { [name]: { raft: { points: 'all' } } },
    }),
  });
  const args = ['grade', 'class', '--expect', 'expected.json', '--out', 'out'];
  const { status, out, err } = await lockstep(args, { cwd });
  expect(status).toBe(1);
  expectSafe(out);
  expectSafe(err);
  expectSafe(readFileSync(join(cwd, 'out/report.html'), 'utf8'));
});

describe('code that fails', () => {
  const THROWS = idleRaft(`
    const wrong: '${HOSTILE}' = 'right';
    throw new Error(wrong + ${JSON.stringify(HOSTILE)});`);
  const FILE = '.lockstep/failures/raft-A-initial-election-1.json';
  let cwd = '';
  let tested: Outcome;
  let recorded: Record<string, unknown>;

  beforeAll(async () => {
    cwd = makeFolder({ 'raft.ts': THROWS });
    const args = ['test', 'raft', '--impl', '.', '--test', 'initial-election', '--seed', '1'];
    tested = await lockstep([...args, '--junit', 'junit.xml'], { cwd });
    recorded = JSON.parse(readFileSync(join(cwd, FILE), 'utf8')) as Record<string, unknown>;
  });

  /** Replays the failure with other words in its file. */
  function replay(change: object, ...args: string[]): Promise<Outcome> {
    const folder = makeFolder({
      'raft.ts': THROWS,
      'failure.json': JSON.stringify({ ...recorded, ...change }),
    });
    return lockstep(['replay', 'failure.json', '--impl', '.', ...args], { cwd: folder });
  }

  test('is quoted, with its type errors, so that it can only be read', () => {
    expect(tested.status).toBe(1);
    expect(tested.err).toContain('type error');
    expectSafe(tested.err);
    expectSafe(tested.out);
  });

  test('and a file about it, which may be of anybody', async () => {
    const about = { ...(recorded['test'] as object), about: HOSTILE };
    const { status, out, err } = await replay({ seed: HOSTILE, contract: HOSTILE, test: about });
    expect(status).toBe(1);
    expectSafe(out);
    expectSafe(err);
    const fault = await replay({ seed: HOSTILE, traceHash: '0123456789abcdef' });
    expect(fault.status).toBe(3);
    expect(fault.err).toContain("Our own fault, not the code's:");
    expectSafe(fault.err);
    const verdict = { ...(recorded['verdict'] as object), property: HOSTILE };
    const shrunk = await replay({ verdict }, '--shrink');
    expect(shrunk.out).toContain('does not break');
    expectSafe(shrunk.out);
  });
});

test('a history is checked whatever its keys and clients are called', async () => {
  const [client, key] = [HOSTILE, HOSTILE].map((text) => JSON.stringify(text));
  const cwd = makeFolder({
    'history.jsonl': `{"client":${client},"key":${key},"op":"get","out":"a","call":6,"ret":7}\n`,
  });
  const { status, out } = await lockstep(['check', 'history.jsonl', '--model', 'kv'], { cwd });
  expect(status).toBe(1);
  expectSafe(out);
});

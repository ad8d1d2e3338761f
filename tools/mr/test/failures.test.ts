import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JobProgress } from '@lockstep/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPO_ROOT } from '@lockstep/test-harness/runner';
import type { JobEvents } from '../src/index.ts';
import { awkCount, JobFolder, merged } from './support/job-folder.ts';

const ROUNDS = process.env['LOCKSTEP_FULL'] === '1' ? 10 : 3;
const BYTES = 4_000_000;
const SPLIT = 200_000;

/** Does something once, as soon as the job is so far. */
function when(
  isSoFar: (progress: JobProgress) => boolean,
  act: (pids: ReadonlyMap<string, number>) => void,
): JobEvents {
  let pids: ReadonlyMap<string, number> = new Map();
  let isDone = false;
  return {
    processes: (now) => (pids = now),
    progress: (progress) => {
      if (isDone || !isSoFar(progress)) return;
      isDone = true;
      act(pids);
    },
  };
}

const inMapPhase = ({ map }: JobProgress): boolean => map.done >= 3 && map.done < map.total;
const inReducePhase = ({ map, reduce }: JobProgress): boolean =>
  map.done === map.total && reduce.done >= 1 && reduce.done < reduce.total;

function kill(pid: number | undefined): void {
  if (pid === undefined) throw new Error('there is no such process');
  process.kill(pid, 'SIGKILL');
}

describe('a word count', () => {
  let folder: JobFolder;
  let text: string;
  beforeEach(async () => {
    folder = new JobFolder();
    text = await folder.generate(BYTES);
  });
  afterEach(() => folder.remove());

  const expectWhole = (reduceTasks: number): void => {
    expect(folder.outputs()).toEqual(Array.from({ length: reduceTasks }, (_, n) => `part-0000${n}`));
    expect(readdirSync(join(folder.in('out'), '.mr')).filter((name) => !/^lock-\d+$/.test(name))).toEqual([
      'job.json',
    ]);
    expect(merged(folder.in('out')).equals(awkCount(text))).toBe(true);
  };

  it(`equals awk and sort to the byte when a worker is killed amid its maps, all ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const died: string[] = [];
      const victim = `w${1 + (round % 2)}`;
      const outcome = await folder.run('word-count', [text], {
        out: folder.in(`out${round}`),
        splitBytes: SPLIT,
        events: { ...when(inMapPhase, (pids) => kill(pids.get(victim))), died: (id) => died.push(id) },
      });
      expect(outcome).toMatchObject({ end: 'succeeded', committed: 3 });
      expect(died).toEqual([victim]);
      // What the dead one had mapped is mapped again.
      expect(outcome.progress?.map.attempts).toBeGreaterThan(outcome.progress?.map.total ?? Infinity);
      expect(merged(folder.in(`out${round}`)).equals(awkCount(text))).toBe(true);
    }
  });

  it('survives a worker that is killed amid the reduce phase', async () => {
    let died = 0;
    const outcome = await folder.run('word-count', [text], {
      splitBytes: SPLIT,
      reduceTasks: 9,
      events: { ...when(inReducePhase, (pids) => kill(pids.get('w1'))), died: () => died++ },
    });
    expect(outcome).toMatchObject({ end: 'succeeded', committed: 9 });
    expect(died).toBe(1);
    expectWhole(9);
  });

  it('survives that all processes are killed at once, the coordinator as well', async () => {
    const died: string[] = [];
    const outcome = await folder.run('word-count', [text], {
      splitBytes: SPLIT,
      events: {
        ...when(inMapPhase, (pids) => {
          for (const pid of pids.values()) kill(pid);
        }),
        died: (id) => died.push(id),
      },
    });
    expect(outcome.end).toBe('succeeded');
    expect(died.sort()).toEqual(['coordinator', 'w1', 'w2']);
    expectWhole(3);
  });

  it('that is interrupted leaves nothing half-written, and the same command finishes it', async () => {
    const controller = new AbortController();
    const first = await folder.run('word-count', [text], {
      splitBytes: SPLIT,
      reduceTasks: 9,
      signal: controller.signal,
      events: when(inReducePhase, () => controller.abort()),
    });
    expect(first.end).toBe('interrupted');
    expect(first.committed).toBeGreaterThan(0);
    expect(folder.outputs()).toHaveLength(first.committed);
    expect(folder.outputs().every((name) => /^part-\d{5}$/.test(name))).toBe(true);

    let found: unknown;
    const second = await folder.run('word-count', [text], {
      splitBytes: SPLIT,
      reduceTasks: 9,
      events: { started: (...started) => (found = started) },
    });
    expect(found).toEqual(['unfinished', first.committed]);
    expect(second).toMatchObject({ end: 'succeeded', committed: 9 });
    expectWhole(9);

    const third = await folder.run('word-count', [text], { splitBytes: SPLIT, reduceTasks: 9 });
    expect(third).toEqual({ end: 'finished-before', committed: 9 });
  });

  // tidy-allow hidden-test: it looks processes up in /proc, which is Linux's alone
  it.skipIf(!existsSync('/proc/self'))('whose command is killed can be finished by another one', async () => {
    const args = [
      'mr',
      'run',
      'word-count',
      text,
      '--out',
      folder.in('out'),
      '--reduce',
      '3',
      '--split',
      String(SPLIT),
    ];
    const command = spawn(process.execPath, [join(REPO_ROOT, 'tools/cli/bin/lockstep.mjs'), ...args], {
      stdio: 'ignore',
    });
    const nodes = join(folder.in('out'), '.mr/nodes');
    while (!existsSync(nodes) || !readdirSync(nodes).some((name) => existsSync(join(nodes, name, 'local'))))
      await new Promise((resolve) => setTimeout(resolve, 5));
    kill(command.pid);
    await new Promise((resolve) => command.on('exit', resolve));
    const outcome = await folder.run('word-count', [text], { splitBytes: SPLIT });
    expect(outcome.end).toBe('succeeded');
    expectWhole(3);
  });
});

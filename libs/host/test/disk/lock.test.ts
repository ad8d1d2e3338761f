import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskError } from '@lockstep/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDirectory } from '../../src/disk/lock.ts';
import { describeOwnProcess } from '../../src/disk/process-identity.ts';

describe('the lock of a directory', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'lockstep-lock-'))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const leaveLock = (number: number, owner: unknown): void =>
    writeFileSync(join(directory, `lock-${number}`), JSON.stringify(owner));

  /** Takes the lock, which then has this number, and lets go of it. */
  const lockAndRelease = async (number: number): Promise<void> => {
    const lock = await lockDirectory(directory);
    expect(readdirSync(directory)).toEqual([`lock-${number}`]);
    await lock.release();
  };

  it('keeps everybody else out until it is released', async () => {
    const lock = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(DiskError);
    await expect(lockDirectory(directory)).rejects.toThrow(
      new RegExp(
        `is in use by process ${process.pid}: end it first, or give each node a directory of its own`,
      ),
    );
    await lock.release();
    await lockAndRelease(2);
  });

  it('does not care how the directory is spelt', async () => {
    const lock = await lockDirectory(directory);
    await expect(lockDirectory(`${directory}/../${directory.split('/').at(-1)}/`)).rejects.toThrow(DiskError);
    await lock.release();
  });

  it('of a process that runs holds, also against other processes', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      leaveLock(7, { pid: child.pid, startedAt: '', token: 't' });
      await expect(lockDirectory(directory)).rejects.toThrow(`process ${child.pid}`);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('of a process that was killed holds nobody up', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.on('exit', resolve));
    leaveLock(7, { pid: child.pid, startedAt: '', token: 't' });
    await lockAndRelease(8);
  });

  it('of a process whose number was given to another one holds nobody up', async () => {
    const own = await describeOwnProcess();
    leaveLock(3, { pid: process.ppid, startedAt: `${own.startedAt} earlier`, token: 't' });
    await lockAndRelease(4);
  });

  it('of an earlier process with this very number holds nobody up', async () => {
    leaveLock(3, { pid: process.pid, startedAt: 'before the machine was restarted', token: 't' });
    await lockAndRelease(4);
  });

  it('that a crash of the machine left unreadable holds nobody up', async () => {
    for (const content of ['', '{', '\0\0\0', 'null', '[]', '{"pid":"1"}']) {
      writeFileSync(join(directory, 'lock-100'), content);
      await lockAndRelease(101);
      rmSync(join(directory, 'lock-101'));
    }
  });

  it('goes to exactly one of many who find it abandoned at the same time', async () => {
    for (let round = 1; round <= 20; round++) {
      const attempts = await Promise.allSettled(Array.from({ length: 12 }, () => lockDirectory(directory)));
      const locks = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      expect(locks).toHaveLength(1);
      for (const lock of locks) await lock.release();
      expect(readdirSync(directory)).toHaveLength(1);
    }
  });

  it('may be released after somebody has deleted the directory', async () => {
    const lock = await lockDirectory(directory);
    rmSync(directory, { recursive: true });
    await expect(lock.release()).resolves.toBeUndefined();
  });
});

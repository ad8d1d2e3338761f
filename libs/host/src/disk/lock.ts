import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DiskError } from '@lockstep/api';
import { describeOwnProcess, isRunning } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/*
 * Locks are files `lock-1`, `lock-2`, …, each naming the process that made it. The directory belongs to the maker of
 * the highest one, as long as that process runs and has not released it. Who finds it free makes the next higher one,
 * complete, in one step that fails if another process was faster; then looks again whether somebody is higher still;
 * and only then removes the lower ones. The highest lock is never removed, so numbers never come back, and two who
 * find the same lock abandoned can't both be its heirs.
 */

const LOCK = /^lock-(\d{1,15})$/;
const CLAIM = 'claim-';

interface Owner extends ProcessIdentity {
  /** Tells the locks of one process apart. */
  readonly token: string;
}

/** Locks that this process holds: it runs, but may have released a lock that names it. */
const held = new Set<string>();

/** Says that a directory is in use; `release` makes it free again. A killed process need not. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Takes a directory for this process, and makes it if need be.
 *
 * @throws {@link DiskError} when another process, or another Host of this one, has it.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = resolve(directory);
  await mkdir(path, { recursive: true });
  const owner: Owner = { ...(await describeOwnProcess()), token: randomUUID() };
  const claim = join(path, CLAIM + owner.token);
  held.add(owner.token);
  try {
    for (;;) {
      const highest = await findFree(path);
      await writeFile(claim, JSON.stringify(owner));
      const mine = highest + 1;
      if (!(await makeLock(path, claim, mine))) continue;
      const locks = await listLocks(path);
      if (Math.max(...locks) > mine) continue;
      await removeOthers(path, mine);
      return { release: () => release(join(path, `lock-${mine}`), owner) };
    }
  } catch (error) {
    held.delete(owner.token);
    await rm(claim, { force: true });
    throw error;
  }
}

/** The lock stays, for its number, but names nobody. */
async function release(lock: string, owner: Owner): Promise<void> {
  try {
    await writeFile(lock, '{}', { flag: 'r+' });
    await truncate(lock, 2);
  } catch (error) {
    // Whoever deleted the directory has no use for its lock.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    held.delete(owner.token);
  }
}

/** The number of the highest lock, which nobody holds; 0 when there is none. */
async function findFree(path: string): Promise<number> {
  const highest = Math.max(0, ...(await listLocks(path)));
  if (highest === 0) return 0;
  const owner = await readOwner(join(path, `lock-${highest}`));
  if (owner === undefined || !(await isHeld(owner))) return highest;
  throw new DiskError(
    `${path} is in use by process ${owner.pid}: end it first, or give each node a directory of its own`,
  );
}

async function isHeld(owner: Owner): Promise<boolean> {
  if (held.has(owner.token)) return true;
  const own = await describeOwnProcess();
  const isOwn = owner.pid === own.pid && owner.startedAt === own.startedAt;
  return !isOwn && (await isRunning(owner));
}

/** False when another process has made this lock already, or has removed the claim as abandoned. */
async function makeLock(path: string, claim: string, number: number): Promise<boolean> {
  try {
    await link(claim, join(path, `lock-${number}`));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  }
}

async function listLocks(path: string): Promise<number[]> {
  return (await readdir(path)).flatMap((name) => {
    const number = LOCK.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

/** Undefined for a lock that is gone, or that a crash of the machine has left incomplete. */
async function readOwner(lock: string): Promise<Owner | undefined> {
  try {
    const owner = JSON.parse(await readFile(lock, 'utf8')) as Partial<Owner> | null;
    const { pid, startedAt, token } = owner ?? {};
    if (typeof pid !== 'number' || typeof startedAt !== 'string' || typeof token !== 'string')
      return undefined;
    return { pid, startedAt, token };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Lower locks, and claims: of those who were killed while they made them, or who will find that they were too late. */
async function removeOthers(path: string, mine: number): Promise<void> {
  for (const name of await readdir(path)) {
    const number = LOCK.exec(name)?.[1];
    const isLower = number !== undefined && Number(number) < mine;
    if (isLower || name.startsWith(CLAIM)) await rm(join(path, name), { force: true });
  }
}

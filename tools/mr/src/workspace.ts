import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskError, outputPath } from '@lockstep/api';
import { lockDirectory, MAX_SOCKET_PATH_BYTES } from '@lockstep/host';
import type { DirectoryLock, PeerAddress } from '@lockstep/host';
import { JobRefused } from './refusal.ts';

/** The version of the file that says which job an output folder belongs to. */
const VERSION = 'lockstep-mr/1';

/** What is beside the outputs: hidden, and nothing that the job's machines see. */
const CONTROL = '.mr';
const MANIFEST = 'job.json';
const NODES = 'nodes';
const LONGEST_SOCKET_NAME = '/coordinator.sock';

interface Manifest {
  readonly version: string;
  readonly job: string;
}

/** How a folder was found. */
export type Found = 'new' | 'unfinished' | 'finished';

/**
 * The folder of a job's outputs. `.mr` in it says which job they are of, so that the same command finishes what an
 * earlier one has begun, and another one is refused. While a job runs, its machines have their folders there.
 */
export class Workspace {
  readonly #out: string;
  readonly #control: string;
  readonly #reduceTasks: number;
  readonly #lock: DirectoryLock;
  readonly found: Found;
  #sockets: string | undefined;
  #folders = 0;

  private constructor(out: string, reduceTasks: number, lock: DirectoryLock, found: Found) {
    this.#out = out;
    this.#control = join(out, CONTROL);
    this.#reduceTasks = reduceTasks;
    this.#lock = lock;
    this.found = found;
  }

  /**
   * Takes the folder for a job, and makes it if need be.
   *
   * @param job tells jobs apart; see `fingerprint`.
   * @throws {@link JobRefused} when it holds anything else, or a command is at work there.
   */
  static async open(out: string, job: string, reduceTasks: number): Promise<Workspace> {
    const control = join(out, CONTROL);
    const names = await namesIn(out);
    if (names.length > 0 && !names.includes(CONTROL))
      throw new JobRefused(`${out} is not empty, and what it holds is of no job: choose another --out.`);
    const lock = await lockFor(control, out);
    try {
      const manifest = await readManifest(control);
      if (manifest !== undefined && manifest.job !== job) {
        throw new JobRefused(
          `${out} holds the outputs of another job (application, options, inputs, --reduce or --split differ): ` +
            'remove it, or choose another --out.',
        );
      }
      if (manifest === undefined) await writeManifest(control, { version: VERSION, job });
      const done = await committedIn(out, reduceTasks);
      const found = manifest === undefined ? 'new' : done === reduceTasks ? 'finished' : 'unfinished';
      const workspace = new Workspace(out, reduceTasks, lock, found);
      await workspace.clean();
      return workspace;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Outputs that are committed. */
  committed(): Promise<number> {
    return committedIn(this.#out, this.#reduceTasks);
  }

  /** Puts the application where the machines find it. */
  async placeApp(code: string): Promise<string> {
    const path = join(this.#control, 'app.mjs');
    await writeFile(path, code);
    return path;
  }

  /** An empty folder for a machine. One that boots again gets another: it has lost its disk. */
  async makeFolder(id: string): Promise<string> {
    const folder = join(this.#control, NODES, `${id}-${++this.#folders}`);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** Where the nodes listen: at sockets in the control folder, or in a temporary one if its path is too long. */
  makeAddresses(ids: readonly string[]): Record<string, PeerAddress> {
    const isShort = Buffer.byteLength(this.#control + LONGEST_SOCKET_NAME) <= MAX_SOCKET_PATH_BYTES;
    if (!isShort) this.#sockets = mkdtempSync(join(tmpdir(), 'lockstep-mr-'));
    const folder = this.#sockets ?? this.#control;
    return Object.fromEntries(ids.map((id) => [id, { path: join(folder, `${id}.sock`) }]));
  }

  /** Removes everything but the outputs and what says whose they are. No process of the job may run any more. */
  async clean(): Promise<void> {
    for (const name of await namesIn(this.#out)) {
      if (name.startsWith('tmp-')) await rm(join(this.#out, name), { force: true });
    }
    for (const name of await namesIn(this.#control)) {
      if (name === NODES || name === 'app.mjs' || name.endsWith('.sock'))
        await rm(join(this.#control, name), { recursive: true, force: true });
    }
    if (this.#sockets !== undefined) rmSync(this.#sockets, { recursive: true, force: true });
  }

  /** Cleans up, and lets others have the folder. */
  async close(): Promise<void> {
    try {
      await this.clean();
    } finally {
      await this.#lock.release();
    }
  }
}

async function lockFor(control: string, out: string): Promise<DirectoryLock> {
  try {
    return await lockDirectory(control);
  } catch (error) {
    if (error instanceof DiskError)
      throw new JobRefused(`Another command is at work in ${out}: ${error.message}.`);
    throw new JobRefused(`${out} can't be made: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

async function readManifest(control: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(join(control, MANIFEST), 'utf8');
  } catch {
    return undefined;
  }
  const { version, job } = JSON.parse(text) as Partial<Manifest>;
  if (version === VERSION && job !== undefined) return { version, job };
  throw new JobRefused(
    `${join(control, MANIFEST)} is of another version: remove its folder, or choose another --out.`,
  );
}

async function writeManifest(control: string, manifest: Manifest): Promise<void> {
  const temporary = join(control, `${MANIFEST}.new`);
  await writeFile(temporary, `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(temporary, join(control, MANIFEST));
}

async function committedIn(out: string, reduceTasks: number): Promise<number> {
  const names = new Set(await namesIn(out));
  return Array.from({ length: reduceTasks }, (_, task) => outputPath('', task).slice(1)).filter((name) =>
    names.has(name),
  ).length;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new JobRefused(`${folder} is no folder.`);
    throw error;
  }
}

import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { BuildFailureCode } from '../runner/engine.ts';

/**
 * Bounds on what is read from a submission's folder. A thousandfold of an honest one, so that only abuse meets them.
 */
export const INGEST_LIMITS = {
  /** Folders within folders. */
  depth: 12,
  /** Names seen in the walk, of whatever kind. */
  entries: 20_000,
  /** Source files read. */
  files: 2000,
  /** Bytes of one source file. */
  fileBytes: 1 << 20,
  /** Bytes of all source files together. */
  totalBytes: 16 << 20,
} as const;

/**
 * The source files of a submission, held in memory: read once, so that a later change of the folder changes nothing.
 */
export interface Sources {
  /** The folder's own name, for reports. */
  readonly name: string;
  /** Absolute path of the folder. */
  readonly root: string;
  /** Contents by path, relative to the folder, with `/` and in Unicode's composed form. */
  readonly files: ReadonlyMap<string, string>;
  /** Files that are there but were not read, with the reason: said only when one of them is imported. */
  readonly unread: ReadonlyMap<string, string>;
  /** Of the files that come from elsewhere: libraries that may be imported by name. */
  readonly libraries?: Libraries;
}

/** Libraries among the sources. */
export interface Libraries {
  /** The path of the file that each name leads to. */
  readonly entries: ReadonlyMap<string, string>;
  /** Where the files lie whose paths begin with a prefix. */
  readonly roots: ReadonlyMap<string, string>;
}

/** Why a folder is not taken. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: BuildFailureCode;

  constructor(code: BuildFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

const SOURCE = /\.(ts|mts|json)$/;
/** Left there by package managers, archives and editors; never followed, never counted. */
const IGNORED = new Set(['node_modules', '__MACOSX']);

/**
 * Reads a submission's folder into memory. Takes nothing that could lead outside: links and special files
 * are refused. What is no TypeScript or JSON file is ignored, and so are `node_modules` and dot files.
 *
 * @throws {@link Refusal} with one sentence for the person who handed the folder in.
 */
export function ingest(folder: string): Sources {
  const root = resolve(folder);
  const stats = statOf(root);
  if (stats === undefined) throw new Refusal('no-folder', `There is no folder ${folder}.`);
  if (!stats.isDirectory()) throw new Refusal('no-folder', `${folder} is not a folder.`);
  const reader = new Reader(root);
  reader.walk('', 0);
  return { name: basename(root), root, files: reader.files, unread: reader.unread };
}

class Reader {
  readonly files = new Map<string, string>();
  readonly unread = new Map<string, string>();
  readonly #root: string;
  #entries = 0;
  #bytes = 0;

  constructor(root: string) {
    this.#root = root;
  }

  walk(folder: string, depth: number): void {
    if (depth > INGEST_LIMITS.depth) {
      throw new Refusal(
        'refused-file',
        `${show(folder)} is nested more than ${INGEST_LIMITS.depth} folders deep.`,
      );
    }
    for (const name of readdirSync(join(this.#root, folder)).sort()) {
      if (name.startsWith('.') || IGNORED.has(name)) continue;
      if (++this.#entries > INGEST_LIMITS.entries) {
        throw new Refusal('refused-file', `The folder holds more than ${INGEST_LIMITS.entries} files.`);
      }
      this.#take(folder === '' ? name : `${folder}/${name}`, depth);
    }
  }

  #take(path: string, depth: number): void {
    const stats = statOf(join(this.#root, path));
    if (stats === undefined) return;
    if (stats.isSymbolicLink()) {
      throw new Refusal('refused-file', `${show(path)} is a symbolic link; hand in the file itself.`);
    }
    if (stats.isDirectory()) return this.walk(path, depth + 1);
    if (!stats.isFile()) {
      throw new Refusal('refused-file', `${show(path)} is not a regular file; remove it.`);
    }
    if (SOURCE.test(path)) this.#read(path, stats);
  }

  #read(path: string, stats: Stats): void {
    if (stats.nlink > 1) {
      throw new Refusal('refused-file', `${show(path)} is a hard link to a second name; hand in a copy.`);
    }
    const key = path.normalize('NFC');
    if (this.files.has(key) || this.unread.has(key)) {
      throw new Refusal(
        'refused-file',
        `Two files are both called ${show(key)}, in different Unicode forms.`,
      );
    }
    if (this.files.size + this.unread.size >= INGEST_LIMITS.files) {
      throw new Refusal('refused-file', `The folder holds more than ${INGEST_LIMITS.files} source files.`);
    }
    if (stats.size > INGEST_LIMITS.fileBytes) {
      this.unread.set(key, `is larger than ${INGEST_LIMITS.fileBytes} bytes`);
      return;
    }
    this.#bytes += stats.size;
    if (this.#bytes > INGEST_LIMITS.totalBytes) {
      throw new Refusal(
        'refused-file',
        `The source files are larger than ${INGEST_LIMITS.totalBytes} bytes.`,
      );
    }
    const text = decode(readOnce(join(this.#root, path), stats, path));
    if (text === undefined) this.unread.set(key, 'is not UTF-8 text');
    else this.files.set(key, text);
  }
}

/**
 * Opens without following a link or waiting for a pipe, and makes sure that it is still the file that was looked at.
 */
function readOnce(absolute: string, stats: Stats, path: string): Uint8Array {
  const changed = new Refusal('refused-file', `${show(path)} changed while it was read; hand it in again.`);
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let file: number;
  try {
    file = openSync(absolute, flags);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ELOOP' || code === 'ENOENT') throw changed;
    throw new Refusal('refused-file', `${show(path)} cannot be read (${code ?? 'unknown error'}).`);
  }
  try {
    const opened = fstatSync(file);
    const isSame =
      opened.isFile() && opened.ino === stats.ino && opened.dev === stats.dev && opened.size === stats.size;
    if (!isSame) throw changed;
    const bytes = new Uint8Array(stats.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(file, bytes, filled, bytes.length - filled, null);
      if (count === 0) throw changed;
      filled += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** A path as it may be shown on a terminal: its control characters escaped, its length bounded. */
export function show(path: string): string {
  const quoted = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  return quoted.replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

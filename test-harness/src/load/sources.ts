import type { BuildFailureCode } from '../runner/engine.ts';
import { visibleText } from '../trace/visible-text.ts';

/**
 * Bounds on what is read from a submission. A thousandfold of an honest one, so that only abuse meets them.
 */
export const INGEST_LIMITS = {
  /** Folders within folders. */
  depth: 12,
  /** Characters of the name of a file or folder. */
  nameCharacters: 255,
  /** Characters of a whole path. */
  pathCharacters: 1000,
  /** Names seen, of whatever kind. */
  entries: 20_000,
  /** Source files read. */
  files: 2000,
  /** Bytes of one source file. */
  fileBytes: 1 << 20,
  /** Bytes of all source files together. */
  totalBytes: 16 << 20,
  /** Bytes of an archive as it was handed in. */
  archiveBytes: 128 << 20,
  /** Bytes that a compressed tar may unpack to: what is ignored in it must be unpacked all the same. */
  unpackedBytes: 256 << 20,
} as const;

/**
 * The source files of a submission, held in memory: read once, so that a later change on the disk changes nothing.
 */
export interface Sources {
  /** The folder's or archive's own name, for reports. */
  readonly name: string;
  /** Absolute path of the folder or archive. */
  readonly root: string;
  /** Contents by path, with `/` and in Unicode's composed form. A single folder around everything is left out. */
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

/** Why a submission is not taken. */
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

/** A name that nobody looks at, nor below it. */
export function isIgnored(name: string): boolean {
  return name.startsWith('.') || IGNORED.has(name);
}

/** Collects a submission's source files within {@link INGEST_LIMITS}, wherever they come from. */
export class SourceCollector {
  readonly #files = new Map<string, string>();
  readonly #unread = new Map<string, string>();
  /** Paths as they were spelled. */
  readonly #spellings = new Set<string>();
  readonly #what: string;
  #entries = 0;
  #bytes = 0;

  /** @param what "folder" or "archive", for sentences. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Counts one more name of whatever kind. */
  countEntry(): void {
    if (++this.#entries > INGEST_LIMITS.entries) {
      throw new Refusal('refused-file', `The ${this.#what} holds more than ${INGEST_LIMITS.entries} files.`);
    }
  }

  /** Whether the file at this path would be read, if it is small enough. */
  wants(path: string): boolean {
    return SOURCE.test(path);
  }

  /** Refuses a path that is too long, or that has a name in it that is. */
  checkLength(path: string): void {
    const { nameCharacters, pathCharacters } = INGEST_LIMITS;
    const isNameLong = path.split('/').some((name) => name.length > nameCharacters);
    if (path.length <= pathCharacters && !isNameLong) return;
    const what = isNameLong
      ? `a name of more than ${nameCharacters}`
      : `a path of more than ${pathCharacters}`;
    throw new Refusal('refused-file', `${show(path)} has ${what} characters; shorten it.`);
  }

  checkDepth(folder: string, depth: number): void {
    if (depth <= INGEST_LIMITS.depth) return;
    throw new Refusal(
      'refused-file',
      `${show(folder)} is nested more than ${INGEST_LIMITS.depth} folders deep.`,
    );
  }

  /**
   * Makes room for a source file of this size; false when it is too large to be read.
   *
   * @throws {@link Refusal} when there are too many of them, or one of this name already.
   */
  open(path: string, size: number): boolean {
    const key = path.normalize('NFC');
    if (this.#files.has(key) || this.#unread.has(key)) {
      const how = this.#spellings.has(path) ? '' : ', in different Unicode forms';
      throw new Refusal('refused-file', `Two files are both called ${show(key)}${how}.`);
    }
    if (this.#files.size + this.#unread.size >= INGEST_LIMITS.files) {
      throw new Refusal(
        'refused-file',
        `The ${this.#what} holds more than ${INGEST_LIMITS.files} source files.`,
      );
    }
    if (size > INGEST_LIMITS.fileBytes) {
      this.leave(path, `is larger than ${describeBytes(INGEST_LIMITS.fileBytes)}`);
      return false;
    }
    this.#bytes += size;
    if (this.#bytes > INGEST_LIMITS.totalBytes) {
      throw new Refusal(
        'refused-file',
        `The source files are larger than ${describeBytes(INGEST_LIMITS.totalBytes)}.`,
      );
    }
    return true;
  }

  /** Takes the contents of a file for which there was room. */
  take(path: string, bytes: Uint8Array): void {
    this.#spellings.add(path);
    const text = decode(bytes);
    if (text === undefined) this.leave(path, 'is not UTF-8 text');
    else this.#files.set(path.normalize('NFC'), text);
  }

  /** Notes a file that is there but is not read. */
  leave(path: string, reason: string): void {
    this.#spellings.add(path);
    this.#unread.set(path.normalize('NFC'), reason);
  }

  /** What was collected, without a single folder around everything. */
  finish(name: string, root: string): Sources {
    const prefix = this.#wrapping();
    const unwrap = (files: ReadonlyMap<string, string>): Map<string, string> => {
      return new Map([...files].sort(byPath).map(([path, text]) => [path.slice(prefix.length), text]));
    };
    return { name, root, files: unwrap(this.#files), unread: unwrap(this.#unread) };
  }

  #wrapping(): string {
    const paths = [...this.#files.keys(), ...this.#unread.keys()];
    const [first = ''] = paths;
    let prefix = '';
    for (let end = first.indexOf('/'); end !== -1; end = first.indexOf('/', end + 1)) {
      const longer = first.slice(0, end + 1);
      if (!paths.every((path) => path.startsWith(longer))) break;
      prefix = longer;
    }
    return prefix;
  }
}

function byPath([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A size as people say it: `1 MiB`. */
export function describeBytes(bytes: number): string {
  return bytes >= 1 << 20 ? `${bytes >> 20} MiB` : `${bytes} bytes`;
}

/** A path as it may be shown on a terminal: its control characters escaped, its length bounded. */
export function show(path: string): string {
  const quoted = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  let shown = '';
  for (const char of quoted) shown += visibleText(char) === char ? char : escaped(char);
  return shown;
}

function escaped(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

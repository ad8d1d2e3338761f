import { crc32 } from 'node:zlib';
import { DiskError } from '@lockstep/api';
import type { Batch, Change, Contents, Stored } from './contents.ts';
import type { Files } from './files.ts';
import { isPlace } from './place.ts';
import type { Place } from './place.ts';

const FILE_NAME = /^values-(\d+)$/;

interface ValuesFile {
  /** Names whose durable values are in this file. */
  names: number;
  /** Reads under way. */
  readers: number;
}

/**
 * The large values of a node, each a part of a file `values-N` beside the log: neither a start nor a rewritten log has
 * to carry them, and memory does not hold them. The large values of batches that become durable together share a file.
 *
 * A file is durable before a record of the log refers to it, and goes when no durable record does any more. What a
 * crash left without a reference goes at the next start.
 */
export class LargeValues {
  readonly #files: Files;
  readonly #minBytes: number;
  readonly #known = new Map<number, ValuesFile>();
  /** By scope and name: the value that the durable log refers to. */
  readonly #durable = new Map<string, Place>();
  #nextFile = 0;

  private constructor(files: Files, minBytes: number) {
    this.#files = files;
    this.#minBytes = minBytes;
  }

  /**
   * Takes stock of the files beside a log, whose contents were read.
   *
   * @param minBytes what a value must take to be a large one.
   * @throws {@link DiskError} when a value that the log refers to is not there.
   */
  static async open(files: Files, contents: Contents, minBytes: number): Promise<LargeValues> {
    const values = new LargeValues(files, minBytes);
    for (const [scope, name, place] of contents.places()) {
      values.#refer(scope, name, place);
      const size = await files.size(nameOf(place.file));
      if (size === undefined || size < place.position + place.length) throw missing(files, place);
    }
    for (const name of await files.list()) {
      const number = Number(FILE_NAME.exec(name)?.[1] ?? -1);
      values.#nextFile = Math.max(values.#nextFile, number + 1);
      if (number >= 0 && !values.#known.has(number)) await files.remove(name);
    }
    return values;
  }

  /** Makes the large values of the batches durable. The result refers to them, for the log to keep. */
  async place(batches: readonly Batch[]): Promise<Batch<Stored>[]> {
    const large = batches.flatMap(({ changes }) => changes.filter((change) => this.#isLarge(change)));
    if (large.length === 0) return [...batches];
    const file = this.#nextFile++;
    const places = await this.#writeFile(file, large);
    return batches.map(({ scope, changes }) => ({
      scope,
      changes: changes.map((change) => [change[0], places.get(change) ?? change[1]] as const),
    }));
  }

  /** The batches, which {@link place} gave, are durable in the log; so what they replace is needed no more. */
  noteDurable(batches: readonly Batch<Stored>[]): void {
    const replaced: Place[] = [];
    for (const { scope, changes } of batches) {
      for (const [name, value] of changes) {
        const before = this.#durable.get(keyOf(scope, name));
        if (before !== undefined) replaced.push(before);
        this.#durable.delete(keyOf(scope, name));
        if (value !== undefined && isPlace(value)) this.#refer(scope, name, value);
      }
    }
    // Last: a file must not go while a later batch still has a value in it.
    for (const { file } of replaced) this.#release(file, 'names');
  }

  /** The value at a place that is in the contents at the time of the call. */
  async read(place: Place): Promise<Uint8Array> {
    const file = this.#file(place.file);
    file.readers++;
    try {
      const bytes = await this.#files.readPart(nameOf(place.file), place.position, place.length);
      if (bytes.length < place.length || crc32(bytes) !== place.checksum) throw missing(this.#files, place);
      return bytes;
    } finally {
      this.#release(place.file, 'readers');
    }
  }

  #isLarge([, value]: Change): boolean {
    return value !== undefined && value.length >= this.#minBytes;
  }

  async #writeFile(number: number, changes: readonly Change[]): Promise<ReadonlyMap<Change, Place>> {
    const places = new Map<Change, Place>();
    const file = await this.#files.open(nameOf(number));
    try {
      let position = 0;
      for (const change of changes) {
        const [, value = new Uint8Array()] = change;
        await file.write(value, position);
        places.set(change, { file: number, position, length: value.length, checksum: crc32(value) });
        position += value.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#files.syncDirectory();
    return places;
  }

  #refer(scope: string, name: string, place: Place): void {
    this.#durable.set(keyOf(scope, name), place);
    this.#file(place.file).names++;
  }

  #file(number: number): ValuesFile {
    const file = this.#known.get(number) ?? { names: 0, readers: 0 };
    this.#known.set(number, file);
    return file;
  }

  #release(number: number, what: keyof ValuesFile): void {
    const file = this.#file(number);
    file[what]--;
    if (file.names > 0 || file.readers > 0) return;
    this.#known.delete(number);
    // If it can't be removed now, the next start does it.
    this.#files.remove(nameOf(number)).catch(() => undefined);
  }
}

function nameOf(file: number): string {
  return `values-${file}`;
}

/** No scope's name has a line break. */
function keyOf(scope: string, name: string): string {
  return `${scope}\n${name}`;
}

function missing(files: Files, { file, position, length }: Place): DiskError {
  return new DiskError(
    `${files.path(nameOf(file))} is corrupt: it does not hold the ${length} bytes from ${position} on that were ` +
      'confirmed. Restore the directory from a copy, or let the node join again as a new one',
  );
}

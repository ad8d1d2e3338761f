import type { FileStore, Json } from '@lockstep/api';
import { ahead, join } from './lines.ts';
import type { RunIndex } from './messages.ts';

/*
 * A run is what a map task writes at one time: for each partition in turn, its groups in the order of their keys, as
 * lines of JSON. A line holds `[key, values, key, values, …]`: many groups, so that nothing is done for each of them
 * that can be done for a whole line. JSON has no line ends of its own.
 */

/** About how many characters of keys, and at most how many values, go into one line. */
const LINE_CHARACTERS = 16_384;
const LINE_VALUES = 2_048;

const FRAME_END = 0x0a;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What a line of a run says. */
type Frame = (string | readonly Json[])[];

/** Puts text into a file in blocks of the store's size. */
export class TextWriter {
  readonly #store: FileStore;
  readonly #path: string;
  #pieces: string[] = [];
  #characters = 0;
  #written = 0;
  #exists = false;

  constructor(store: FileStore, path: string) {
    this.#store = store;
    this.#path = path;
  }

  /** Bytes that are in the file; whole only after {@link flush}. */
  get written(): number {
    return this.#written;
  }

  /** Whether there is enough for a block. */
  get isFull(): boolean {
    return this.#characters >= this.#store.blockBytes;
  }

  add(text: string): void {
    this.#pieces.push(text);
    this.#characters += text.length;
  }

  /** Writes all that was added. The file exists then, even if nothing was. */
  async flush(): Promise<void> {
    if (this.#characters === 0 && this.#exists) return;
    this.#exists = true;
    const bytes = encoder.encode(this.#pieces.join(''));
    this.#pieces = [];
    this.#characters = 0;
    const { blockBytes } = this.#store;
    const appends: Promise<void>[] = [];
    for (let at = 0; at === 0 || at < bytes.length; at += blockBytes) {
      appends.push(this.#store.append(this.#path, bytes.subarray(at, at + blockBytes)));
    }
    this.#written += bytes.length;
    await Promise.all(appends);
  }
}

/** Writes one run: the groups of each partition, by key. Gives the places of the partitions. */
export async function writeRun(
  writer: TextWriter,
  partitions: readonly (readonly string[])[],
  groups: ReadonlyMap<string, readonly Json[]>,
): Promise<RunIndex> {
  const index: number[] = [];
  for (const keys of partitions) {
    await writer.flush();
    index.push(writer.written);
    for (const frame of frames(keys, groups)) {
      writer.add(`${JSON.stringify(frame)}\n`);
      if (writer.isFull) await writer.flush();
    }
  }
  await writer.flush();
  index.push(writer.written);
  return index;
}

/** Cuts the groups of a partition into lines; a group with very many values goes over several. */
function* frames(
  keys: readonly string[],
  groups: ReadonlyMap<string, readonly Json[]>,
): Generator<Frame, void> {
  let frame: Frame = [];
  let characters = 0;
  let count = 0;
  for (const key of keys) {
    const values = groups.get(key) ?? [];
    for (let from = 0; from < values.length; from += LINE_VALUES) {
      const some = values.length <= LINE_VALUES ? values : values.slice(from, from + LINE_VALUES);
      frame.push(key, some);
      characters += key.length;
      count += some.length;
      if (characters < LINE_CHARACTERS && count < LINE_VALUES) continue;
      yield frame;
      frame = [];
      characters = count = 0;
    }
  }
  if (frame.length > 0) yield frame;
}

/** Reads `length` bytes of a run from `offset`, a block at a time; see {@link RunCursor}. */
export type ReadBlock = (offset: number, length: number) => Promise<Uint8Array>;

/**
 * Goes through one partition of one run, group by group. Going on is immediate while a line lasts; then `fill` has to
 * bring the next one, which is usually on its way already.
 */
export class RunCursor {
  key = '';
  values: readonly Json[] = [];
  readonly #read: ReadBlock;
  readonly #end: number;
  readonly #blockBytes: number;
  #offset: number;
  #upcoming: Promise<Uint8Array> | undefined;
  #rest: Uint8Array[] = [];
  #frame: Frame = [];
  #position = 0;

  constructor(
    read: ReadBlock,
    place: { readonly offset: number; readonly length: number },
    blockBytes: number,
  ) {
    this.#read = read;
    this.#offset = place.offset;
    this.#end = place.offset + place.length;
    this.#blockBytes = blockBytes;
  }

  /** Goes to the next group; false when `fill` has to be called first. */
  advance(): boolean {
    if (this.#position >= this.#frame.length) return false;
    this.key = this.#frame[this.#position] as string;
    this.values = this.#frame[this.#position + 1] as readonly Json[];
    this.#position += 2;
    return true;
  }

  /** Brings more groups, and goes to the first of them; false when there are none left. */
  async fill(): Promise<boolean> {
    while (this.#upcoming !== undefined || this.#offset < this.#end) {
      const block = await (this.#upcoming ?? this.#next());
      this.#upcoming = this.#offset < this.#end ? this.#next() : undefined;
      const lastEnd = block.lastIndexOf(FRAME_END);
      if (lastEnd < 0) {
        this.#rest.push(block);
        continue;
      }
      this.#rest.push(block.subarray(0, lastEnd));
      this.#parse(decoder.decode(join(this.#rest)));
      this.#rest = [block.subarray(lastEnd + 1)];
      return this.advance();
    }
    return false;
  }

  #next(): Promise<Uint8Array> {
    const length = Math.min(this.#blockBytes, this.#end - this.#offset);
    const block = ahead(this.#read(this.#offset, length));
    this.#offset += length;
    return block;
  }

  #parse(text: string): void {
    const lines = text.split('\n').map((line) => JSON.parse(line) as Frame);
    this.#frame = lines.length === 1 && lines[0] !== undefined ? lines[0] : lines.flat();
    this.#position = 0;
  }
}

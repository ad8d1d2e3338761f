import type { FileStore } from '@lockstep/api';
import type { Split } from './splits.ts';

const LINE_END = 0x0a;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The lines of a split, in batches of about one block of the store: those lines whose first byte lies in the split.
 * So a split that does not begin a file leaves out what comes before its first line end, and every split reads beyond
 * its end until the line is whole. The next block is on its way while a batch is worked on.
 */
export async function* readLines(shared: FileStore, split: Split): AsyncGenerator<string[], void> {
  // A line that begins right at the start shows by the line end before it.
  let position = Math.max(0, split.start - 1);
  let isInside = split.start === 0;
  let parts: Uint8Array[] = [];
  let upcoming = ahead(shared.read(split.path, position, shared.blockBytes));
  for (;;) {
    let block = await upcoming;
    if (block.length === 0) break;
    const blockStart = position;
    position += block.length;
    // Where the last line of the split ends, if it does in this block.
    const lastEnd =
      position < split.end ? -1 : block.indexOf(LINE_END, Math.max(0, split.end - 1 - blockStart));
    if (lastEnd < 0) upcoming = ahead(shared.read(split.path, position, shared.blockBytes));
    else block = block.subarray(0, lastEnd + 1);
    if (!isInside) {
      const firstEnd = block.indexOf(LINE_END);
      if (blockStart + firstEnd >= split.end - 1) return;
      isInside = firstEnd >= 0;
      block = isInside ? block.subarray(firstEnd + 1) : block.subarray(block.length);
    }
    const lastLineEnd = block.lastIndexOf(LINE_END);
    if (lastLineEnd < 0) {
      if (block.length > 0) parts.push(block);
      continue;
    }
    parts.push(block.subarray(0, lastLineEnd));
    yield decoder.decode(join(parts)).split('\n');
    if (lastEnd >= 0) return;
    parts = lastLineEnd + 1 < block.length ? [block.subarray(lastLineEnd + 1)] : [];
  }
  // The file ends without a line end.
  if (parts.length > 0) yield decoder.decode(join(parts)).split('\n');
}

/** A read whose answer may never be asked for: then nobody needs to know that it failed. */
export function ahead<T>(reading: Promise<T>): Promise<T> {
  reading.catch(() => {});
  return reading;
}

/** Several pieces in one; a single piece as it is. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let length = 0;
  for (const part of parts) {
    whole.set(part, length);
    length += part.length;
  }
  return whole;
}

import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Parser } from 'tar';
import type { ReadEntry } from 'tar';
import { admitEntry } from './archive-entry.ts';
import type { EntryKind } from './archive-entry.ts';
import { describeBytes, INGEST_LIMITS, Refusal } from './sources.ts';
import type { SourceCollector } from './sources.ts';

/** Bytes given to the decompressor at a time. */
const CHUNK = 64 * 1024;

/** Reads the source files of a tar archive. Rejects with {@link Refusal}, or with what the library finds wrong. */
export async function readTar(
  bytes: Buffer,
  isCompressed: boolean,
  collector: SourceCollector,
): Promise<void> {
  const reader = new TarReader(collector);
  let unpacked = 0;
  for await (const chunk of isCompressed ? unzipped(bytes) : slices(bytes)) {
    unpacked += chunk.length;
    if (unpacked > INGEST_LIMITS.unpackedBytes) {
      const limit = describeBytes(INGEST_LIMITS.unpackedBytes);
      throw new Refusal('refused-file', `The archive unpacks to more than ${limit}.`);
    }
    reader.write(chunk);
  }
  reader.end();
}

function unzipped(bytes: Buffer): AsyncIterable<Buffer> {
  return Readable.from(slices(bytes)).pipe(createGunzip());
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

class TarReader {
  readonly #collector: SourceCollector;
  readonly #parser: Parser;
  #failure: Error | undefined;
  #hasEntries = false;

  constructor(collector: SourceCollector) {
    this.#collector = collector;
    // Strict: what the library would only warn about is a damaged archive.
    this.#parser = new Parser({
      strict: true,
      onReadEntry: (entry) => {
        this.#hasEntries = true;
        try {
          this.#read(entry);
        } catch (error) {
          this.#fail(error);
        }
      },
    });
    this.#parser.on('error', (error) => this.#fail(error));
  }

  write(chunk: Buffer): void {
    this.#parser.write(chunk);
    if (this.#failure !== undefined) throw this.#failure;
  }

  end(): void {
    this.#parser.end();
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#hasEntries) throw new Error('it holds nothing');
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
  }

  #read(entry: ReadEntry): void {
    const path = admitEntry(entry.path, kindOf(entry.type), this.#collector);
    if (path === undefined || !this.#collector.open(path, entry.size)) {
      entry.resume();
      return;
    }
    const chunks: Buffer[] = [];
    entry.on('data', (chunk) => chunks.push(chunk));
    entry.on('end', () => {
      try {
        this.#collector.take(path, Buffer.concat(chunks));
      } catch (error) {
        this.#fail(error);
      }
    });
  }
}

function kindOf(type: string): EntryKind {
  if (type === 'File' || type === 'OldFile' || type === 'ContiguousFile') return 'file';
  if (type === 'Directory' || type === 'GNUDumpDir') return 'folder';
  return type === 'Link' || type === 'SymbolicLink' ? 'link' : 'other';
}

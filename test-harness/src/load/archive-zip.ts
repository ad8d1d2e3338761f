import type { Readable } from 'node:stream';
import { fromBuffer, getFileNameLowLevel } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { admitEntry } from './archive-entry.ts';
import type { EntryKind } from './archive-entry.ts';
import { INGEST_LIMITS, Refusal, show } from './sources.ts';
import type { SourceCollector } from './sources.ts';

/** The upper half of the external attributes holds the mode, when the archive was made on Unix. */
const MODE_SHIFT = 16;
const KIND_MASK = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
const LINK = 0o120000;
/** General purpose flag: the name is UTF-8. */
const UTF8_NAMES = 1 << 11;

/** Reads the source files of a zip archive. Rejects with {@link Refusal}, or with what the library finds wrong. */
export async function readZip(bytes: Buffer, collector: SourceCollector): Promise<void> {
  const zip = await open(bytes);
  try {
    for (;;) {
      const entry = await nextEntry(zip);
      if (entry === undefined) return;
      const path = admitEntry(nameOf(entry), kindOf(entry), collector);
      if (path === undefined) continue;
      if (entry.isEncrypted()) {
        throw new Refusal(
          'refused-file',
          `${show(path)} is encrypted; hand in an archive without a password.`,
        );
      }
      if (!collector.open(path, entry.uncompressedSize)) continue;
      collector.take(path, await contents(zip, entry));
    }
  } finally {
    zip.close();
  }
}

function open(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    // Names are decoded here, and checked by our own rules; sizes are checked by the library while it unpacks.
    const options = { lazyEntries: true, decodeStrings: false, validateEntrySizes: true, autoClose: false };
    fromBuffer(bytes, options, (error, zip) => (error === null ? resolve(zip) : reject(error)));
  });
}

function nextEntry(zip: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      zip.removeAllListeners();
      act();
    };
    zip.once('entry', (entry: Entry) => settle(() => resolve(entry)));
    zip.once('end', () => settle(() => resolve(undefined)));
    zip.once('error', (error: Error) => settle(() => reject(error)));
    zip.readEntry();
  });
}

/** Some tools write UTF-8 without saying so; what is valid UTF-8 hardly ever is anything else. */
function nameOf(entry: Entry): string {
  // Without decoding, the library leaves the name as the bytes that it is.
  const raw = Buffer.from(entry.fileNameRaw);
  if ((entry.generalPurposeBitFlag & UTF8_NAMES) === 0) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(raw);
    } catch {
      // An old code page then.
    }
  }
  return getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, true);
}

function kindOf(entry: Entry): EntryKind {
  const isFolder = entry.fileNameRaw.at(-1) === 0x2f;
  const madeOnUnix = entry.versionMadeBy >> 8 === 3 || entry.versionMadeBy >> 8 === 19;
  const mode = madeOnUnix ? (entry.externalFileAttributes >>> MODE_SHIFT) & KIND_MASK : 0;
  if (mode === LINK) return 'link';
  if (isFolder || mode === FOLDER) return 'folder';
  return mode === 0 || mode === REGULAR ? 'file' : 'other';
}

async function contents(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error === null ? resolve(opened) : reject(error)));
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What the header promised was small enough; the library stops what keeps no promise, and so do we.
    if (size > INGEST_LIMITS.fileBytes) throw new Error('a file is larger than its header says');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { decode, DiskError, encode } from '@lockstep/api';
import type { NodeId, Value } from '@lockstep/api';
import { Contents } from './contents.ts';
import type { Batch } from './contents.ts';
import type { Files, OpenFile } from './files.ts';
import { encodeBatch, MAX_BATCH_BYTES, nextMark, readRecord, recordBytes, toRecord } from './record.ts';

/*
 * The log of a node: a header, then records.
 *
 * Its first records, as many bytes as the header says, are all that was stored when the file was made; they were
 * durable before the file got its name. Further records are appended in groups, each group made durable before the
 * next one is begun. Each record says how much of the file was durable before its group. So a record that is broken
 * or missing is the torn tail of a crash, unless the header or a sound record behind it vouches for its place: then
 * somebody was told that it was durable, and the file is corrupt. Only the very last group has nobody to vouch for it.
 */

const LOG = 'disk.log';
/** A log in the making. It means nothing until it is renamed. */
const NEW_LOG = 'disk.log.new';

const FORMAT = Buffer.from('lockstep disk 1\n');
/** The format's name, the length of the rest, and its checksum. */
const PREFIX_BYTES = FORMAT.length + 8;
const MAX_HEADER_BYTES = 4_096;

/** New files are written in records of about this size. */
const BATCH_BYTES = 1_048_576;

interface Header {
  readonly node: NodeId;
  readonly salt: number;
  /** Bytes of the records that the file was made with. */
  readonly initialBytes: number;
  /** Where the first record begins. */
  readonly end: number;
}

/** A log with all that it holds. */
export interface OpenedLog {
  readonly log: LogFile;
  readonly contents: Contents;
  /** Bytes of a torn tail that were dropped. */
  readonly droppedBytes: number;
}

/** The file that a node's disk is. */
export class LogFile {
  readonly #files: Files;
  readonly #node: NodeId;
  #file: OpenFile;
  #salt: number;
  #bytes: number;

  private constructor(files: Files, node: NodeId, file: OpenFile, made: { salt: number; bytes: number }) {
    this.#files = files;
    this.#node = node;
    this.#file = file;
    this.#salt = made.salt;
    this.#bytes = made.bytes;
  }

  /** Opens the log of a directory, or begins one. All that is read from it is durable. */
  static async open(files: Files, node: NodeId): Promise<OpenedLog> {
    await files.remove(NEW_LOG);
    const read = await files.read(LOG);
    if (read === undefined) {
      const contents = new Contents();
      const { file, ...made } = await makeFile(files, node, contents);
      return { log: new LogFile(files, node, file, made), contents, droppedBytes: 0 };
    }
    const bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
    const path = files.path(LOG);
    const header = readHeader(path, bytes, node);
    const { contents, end } = readRecords(path, bytes, header);
    const file = await files.open(LOG, 'keep');
    if (end < bytes.length) await file.truncate(end);
    // A killed process may have left what its system knows of but no device does: it must not be acted upon yet.
    await file.sync();
    await files.syncDirectory();
    const log = new LogFile(files, node, file, { salt: header.salt, bytes: end });
    return { log, contents, droppedBytes: bytes.length - end };
  }

  /** The length of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends one group of records, given their contents. They are durable, each of them, once it resolves. */
  async append(contents: readonly Uint8Array[]): Promise<void> {
    const start = this.#bytes;
    const group = Buffer.concat(contents.map((content) => toRecord(content, start, this.#salt)));
    await this.#file.write(group, start);
    await this.#file.sync();
    this.#bytes = start + group.length;
  }

  /** Puts a fresh file in this one's place, which holds exactly `contents`. Durable once it resolves. */
  async rewrite(contents: Contents): Promise<void> {
    const { file, salt, bytes } = await makeFile(this.#files, this.#node, contents);
    const old = this.#file;
    this.#file = file;
    this.#salt = salt;
    this.#bytes = bytes;
    await old.close();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Makes a durable log under its final name, replacing an earlier one: after a crash there is one of them, whole. */
async function makeFile(
  files: Files,
  node: NodeId,
  contents: Contents,
): Promise<{ file: OpenFile; salt: number; bytes: number }> {
  const salt = randomBytes(4).readUInt32LE();
  // Taken now: the contents may change while the file is being written.
  const initial = [...contents.toBatches(BATCH_BYTES)].map(encodeBatch);
  const initialBytes = initial.reduce((sum, content) => sum + recordBytes(content.length), 0);
  const header = toHeader({ node, salt, initialBytes });
  const file = await files.open(NEW_LOG);
  try {
    let bytes = header.length;
    await file.write(header, 0);
    for (const content of initial) {
      const record = toRecord(content, header.length, salt);
      await file.write(record, bytes);
      bytes += record.length;
    }
    await file.sync();
    await files.rename(NEW_LOG, LOG);
    // Before this, a crash may bring back the old file: nothing may be appended to the new one and called durable.
    await files.syncDirectory();
    return { file, salt, bytes };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function toHeader(header: Omit<Header, 'end'>): Uint8Array {
  const content = encode({ node: header.node, salt: header.salt, initialBytes: header.initialBytes });
  const prefix = Buffer.alloc(PREFIX_BYTES);
  FORMAT.copy(prefix);
  prefix.writeUInt32LE(content.length, FORMAT.length);
  prefix.writeUInt32LE(crc32(content), FORMAT.length + 4);
  return Buffer.concat([prefix, content]);
}

function readHeader(path: string, file: Buffer, node: NodeId): Header {
  const broken = (): DiskError => corrupt(path, 0, 'its header is broken or of an unknown format');
  if (file.length < PREFIX_BYTES || !FORMAT.equals(file.subarray(0, FORMAT.length))) throw broken();
  const length = file.readUInt32LE(FORMAT.length);
  const end = PREFIX_BYTES + length;
  if (length > MAX_HEADER_BYTES || end > file.length) throw broken();
  const content = new Uint8Array(file.subarray(PREFIX_BYTES, end));
  if (crc32(content) !== file.readUInt32LE(FORMAT.length + 4)) throw broken();
  const fields = decode(content) as Readonly<Record<string, Value>>;
  const { node: owner, salt, initialBytes } = fields;
  if (typeof owner !== 'string' || typeof salt !== 'number' || typeof initialBytes !== 'number')
    throw broken();
  if (owner !== node)
    throw new DiskError(`${path} belongs to ${owner}, not to ${node}: give each node a directory of its own`);
  return { node, salt, initialBytes, end };
}

function readRecords(path: string, file: Buffer, header: Header): { contents: Contents; end: number } {
  const contents = new Contents();
  let position = header.end;
  let durableUpTo = header.end + header.initialBytes;
  for (;;) {
    const record = readRecord(file, position, header.salt);
    if (record === undefined) break;
    contents.apply(record.batch);
    durableUpTo = Math.max(durableUpTo, record.durableUpTo);
    position = record.end;
  }
  durableUpTo = Math.max(durableUpTo, vouchedBehind(file, position, header.salt));
  if (position < durableUpTo) {
    const what = position >= file.length ? 'it ends too early' : 'a record does not match its checksum';
    throw corrupt(path, position, `${what}, and everything up to byte ${durableUpTo} had been confirmed`);
  }
  return { contents, end: position };
}

/** How far sound records behind a broken one say that the file was durable. */
function vouchedBehind(file: Buffer, broken: number, salt: number): number {
  let durableUpTo = 0;
  let position = nextMark(file, broken + 1);
  while (position < file.length) {
    const record = readRecord(file, position, salt);
    if (record !== undefined) durableUpTo = Math.max(durableUpTo, record.durableUpTo);
    position = record === undefined ? nextMark(file, position + 1) : record.end;
  }
  return durableUpTo;
}

function corrupt(path: string, position: number, why: string): DiskError {
  return new DiskError(
    `${path} is corrupt at byte ${position}: ${why}. What it confirmed is lost, so the node must not go on with it: ` +
      'restore the directory from a copy, or let the node join again as a new one',
  );
}

/** Refuses a batch that no record can hold. */
export function checkBatchBytes({ changes }: Batch): void {
  const bytes = changes.reduce((sum, [name, value]) => sum + encode(name).length + (value?.length ?? 0), 0);
  if (bytes > MAX_BATCH_BYTES)
    throw new DiskError(`a batch takes ${bytes} bytes; ${MAX_BATCH_BYTES} are allowed: write less at a time`);
}

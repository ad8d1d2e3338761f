import { Buffer } from 'node:buffer';
import { deflateRawSync, gzipSync } from 'node:zlib';

/*
 * Archives made by hand: honest libraries refuse to write what a hostile one holds.
 */

/** One entry of an archive. */
export interface ArchiveEntry {
  /** As it stands in the archive, whatever it says; bytes for names in other encodings. */
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** A link to this. */
  readonly linkTo?: string;
  /** A device or pipe. */
  readonly isSpecial?: boolean;
  /** The size that the header claims, instead of the true one. */
  readonly claimedSize?: number;
  /** The name is marked as UTF-8, as most tools do. */
  readonly isUtf8?: boolean;
  readonly isEncrypted?: boolean;
}

const UNIX = (3 << 8) | 20;

/** A zip archive with these entries. */
export function makeZip(entries: readonly ArchiveEntry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.isBuffer(entry.name) ? entry.name : Buffer.from(entry.name);
    const content = Buffer.from(entry.linkTo ?? entry.content ?? '');
    const packed = deflateRawSync(content);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE((entry.isUtf8 === false ? 0 : 1 << 11) | (entry.isEncrypted === true ? 1 : 0), 2);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt16LE(0x21, 8);
    shared.writeUInt32LE(crc32Of(content), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(entry.claimedSize ?? content.length, 18);
    shared.writeUInt16LE(name.length, 22);
    locals.push(Buffer.from('PK\x03\x04', 'latin1'), shared, name, packed);
    const mode = entry.linkTo !== undefined ? 0o120777 : entry.isSpecial === true ? 0o020666 : 0o100644;
    const central = Buffer.alloc(46 - 4 - 2 - 26);
    central.writeUInt32LE((mode << 16) >>> 0, 6);
    central.writeUInt32LE(offset, 10);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE(UNIX);
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), madeBy, shared, central, name);
    offset += 4 + 26 + name.length + packed.length;
  }
  const files = Buffer.concat(locals);
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(files.length, 12);
  return Buffer.concat([files, index, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

/** A tar archive with these entries. */
export function makeTar(entries: readonly ArchiveEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = entry.linkTo === undefined ? Buffer.from(entry.content ?? '') : Buffer.alloc(0);
    const header = Buffer.alloc(512);
    header.write(entry.name.toString(), 0, 100);
    header.write('0000644\0', 100);
    header.write('0000000\x000000000\0', 108);
    header.write(`${(entry.claimedSize ?? content.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write(entry.linkTo !== undefined ? '2' : entry.isSpecial === true ? '3' : '0', 156);
    header.write(entry.linkTo ?? '', 157, 100);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A compressed tar archive with these entries. */
export function makeTgz(entries: readonly ArchiveEntry[]): Buffer {
  return gzipSync(makeTar(entries));
}

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function crc32Of(bytes: Buffer): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

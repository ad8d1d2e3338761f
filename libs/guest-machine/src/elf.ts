import { MachineError } from './error.ts';

/** A part of the program and where it goes. */
export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Its size in memory: what exceeds `bytes` is zeros. */
  readonly memoryBytes: number;
}

/** What an executable says. */
export interface Executable {
  readonly entry: number;
  readonly segments: readonly Segment[];
  /** Where the symbol `tohost` is: a word through which the official tests report their end. */
  readonly tohost: number | undefined;
}

const MAGIC = 0x464c_457f;
const CLASS_32 = 1;
const LITTLE_ENDIAN = 1;
const TYPE_EXECUTABLE = 2;
const MACHINE_RISCV = 243;
const SEGMENT_LOAD = 1;
const SECTION_SYMBOLS = 2;

/**
 * Reads a 32-bit little-endian RISC-V executable.
 *
 * @throws {@link MachineError} `image` if it is something else, or cut off
 */
export function readElf(image: Uint8Array): Executable {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  if (image.length < 52 || view.getUint32(0, true) !== MAGIC) throw refuse('it is no ELF file');
  if (view.getUint8(4) !== CLASS_32 || view.getUint8(5) !== LITTLE_ENDIAN)
    throw refuse('it is not 32-bit little-endian');
  if (view.getUint16(18, true) !== MACHINE_RISCV) throw refuse('it is for another processor');
  if (view.getUint16(16, true) !== TYPE_EXECUTABLE)
    throw refuse('it is not linked to run at a fixed address');
  try {
    return { entry: view.getUint32(24, true), segments: readSegments(view), tohost: findTohost(view) };
  } catch (error) {
    if (error instanceof RangeError) throw refuse('it is cut off');
    throw error;
  }
}

function refuse(why: string): MachineError {
  return new MachineError('image', `This program can't be loaded: ${why}.`);
}

function readSegments(view: DataView): Segment[] {
  const table = view.getUint32(28, true);
  const size = view.getUint16(42, true);
  const segments: Segment[] = [];
  for (let i = 0; i < view.getUint16(44, true); i++) {
    const at = table + i * size;
    if (view.getUint32(at, true) !== SEGMENT_LOAD) continue;
    const fileBytes = view.getUint32(at + 16, true);
    const memoryBytes = view.getUint32(at + 20, true);
    if (memoryBytes === 0) continue;
    if (fileBytes > memoryBytes) throw refuse('a segment has more bytes than it takes');
    segments.push({
      address: view.getUint32(at + 12, true),
      bytes: slice(view, view.getUint32(at + 4, true), fileBytes),
      memoryBytes,
    });
  }
  return segments;
}

function slice(view: DataView, offset: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice(
    offset,
    offset + checked(view, offset, length),
  );
}

function checked(view: DataView, offset: number, length: number): number {
  if (offset + length > view.byteLength) throw new RangeError('beyond the end');
  return length;
}

function findTohost(view: DataView): number | undefined {
  const table = view.getUint32(32, true);
  const size = view.getUint16(46, true);
  const count = view.getUint16(48, true);
  for (let i = 0; i < count; i++) {
    const section = table + i * size;
    if (view.getUint32(section + 4, true) !== SECTION_SYMBOLS) continue;
    const strings = view.getUint32(table + view.getUint32(section + 24, true) * size + 16, true);
    const symbols = view.getUint32(section + 16, true);
    const end = symbols + view.getUint32(section + 20, true);
    for (let at = symbols; at < end; at += 16) {
      if (isNamed(view, strings + view.getUint32(at, true), 'tohost')) return view.getUint32(at + 4, true);
    }
  }
  return undefined;
}

function isNamed(view: DataView, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (view.getUint8(at + i) !== name.charCodeAt(i)) return false;
  return view.getUint8(at + name.length) === 0;
}

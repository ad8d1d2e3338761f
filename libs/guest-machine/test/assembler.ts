/** Instructions as words, and executables of them: as much of an assembler as the tests need. */

export const BASE = 0x8000_0000;

const r = (funct7: number, funct3: number, rd: number, rs1: number, rs2: number, opcode = 0x33): number =>
  ((funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode) >>> 0;

const i = (opcode: number, funct3: number, rd: number, rs1: number, immediate: number): number =>
  (((immediate & 0xfff) << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode) >>> 0;

/** An instruction of two registers: `funct7` 1 for those of the extension M. */
export const register = r;

/** An instruction of a register and an immediate. */
export const immediate = (funct3: number, rd: number, rs1: number, value: number): number =>
  i(0x13, funct3, rd, rs1, value);

export const addi = (rd: number, rs1: number, value: number): number => i(0x13, 0, rd, rs1, value);
export const lui = (rd: number, value: number): number => ((value << 12) | (rd << 7) | 0x37) >>> 0;
export const auipc = (rd: number, value: number): number => ((value << 12) | (rd << 7) | 0x17) >>> 0;
export const load = (funct3: number, rd: number, rs1: number, offset: number): number =>
  i(0x03, funct3, rd, rs1, offset);
export const lw = (rd: number, rs1: number, offset: number): number => load(2, rd, rs1, offset);
export const store = (funct3: number, rs2: number, rs1: number, offset: number): number =>
  r((offset >> 5) & 0x7f, funct3, offset & 31, rs1, rs2, 0x23);
export const sw = (rs2: number, rs1: number, offset: number): number => store(2, rs2, rs1, offset);
export const branch = (funct3: number, rs1: number, rs2: number, offset: number): number =>
  r(
    (((offset >> 12) & 1) << 6) | ((offset >> 5) & 0x3f),
    funct3,
    (offset & 0x1e) | ((offset >> 11) & 1),
    rs1,
    rs2,
    0x63,
  );
export const jal = (rd: number, offset: number): number =>
  ((((offset >> 20) & 1) << 31) |
    (((offset >> 1) & 0x3ff) << 21) |
    (((offset >> 11) & 1) << 20) |
    (((offset >> 12) & 0xff) << 12) |
    (rd << 7) |
    0x6f) >>>
  0;
export const jalr = (rd: number, rs1: number, offset: number): number => i(0x67, 0, rd, rs1, offset);
/** csrrw, csrrs, csrrc: 1 to 3; with an immediate: 5 to 7. */
export const csr = (funct3: number, rd: number, rs1: number, number: number): number =>
  i(0x73, funct3, rd, rs1, number);
export const ECALL = 0x0000_0073;
export const EBREAK = 0x0010_0073;
export const MRET = 0x3020_0073;
export const WFI = 0x1050_0073;

/** Loads any constant, in two instructions. */
export function li(rd: number, value: number): number[] {
  const low = (value << 20) >> 20;
  return [lui(rd, ((value - low) >>> 12) & 0xfffff), addi(rd, rd, low)];
}

/** An executable of these words from {@link BASE} on, which begins there. */
export function executable(words: readonly number[]): Uint8Array {
  const image = new Uint8Array(84 + words.length * 4);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const halves: [number, number][] = [
    [16, 2],
    [18, 243],
    [40, 52],
    [42, 32],
    [44, 1],
    [46, 40],
  ];
  for (const [at, value] of halves) view.setUint16(at, value, true);
  const whole: [number, number][] = [
    [24, BASE],
    [28, 52],
    [52, 1],
    [56, 84],
    [60, BASE],
    [64, BASE],
    [68, words.length * 4],
    [72, words.length * 4],
  ];
  for (const [at, value] of whole) view.setUint32(at, value, true);
  words.forEach((word, n) => view.setUint32(84 + n * 4, word, true));
  return image;
}

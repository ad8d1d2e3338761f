import * as asm from './assembler.ts';

/** Whole numbers from 0 to below a bound, from a seed. */
export type Draw = (below: number) => number;

/** A generator of numbers (mulberry32). */
export function makeDraw(seed: number): Draw {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}

/** Words of the random part of a program: a page. */
export const CODE_WORDS = 1024;

/** Registers that the handler of traps sets again: they point to code, to data, and to the devices' registers. */
const CODE = 28;
const DATA = 27;
const NETWORK = 26;
const DISK = 25;
const SYSTEM = 24;

/**
 * A page of random instructions, and a handler of traps behind it which serves the devices and goes on behind the
 * instruction that trapped. The instructions store into their own page, and let packets and sectors be written there.
 */
export function randomProgram(draw: Draw): number[] {
  const handler = asm.BASE + CODE_WORDS * 4;
  const isVectored = draw(4) === 0;
  const start = [
    ...asm.li(31, handler + (isVectored ? 1 : 0)),
    asm.csr(1, 0, 31, 0x305),
    ...asm.li(31, 0x880),
    asm.csr(1, 0, 31, 0x304),
    asm.csr(6, 0, 8, 0x300),
  ];
  const code = [...start, ...pointers()];
  while (code.length < CODE_WORDS - 16)
    code.push(...(draw(12) === 0 ? deviceRecipe(draw) : [randomInstruction(draw)]));
  while (code.length < CODE_WORDS) code.push(randomInstruction(draw));
  const entries = Array.from({ length: 12 }, (_, n) => asm.jal(0, (12 - n) * 4));
  return [...code, ...entries, ...handlerCode(draw)];
}

function pointers(): number[] {
  return [
    ...asm.li(CODE, asm.BASE + 2048),
    ...asm.li(DATA, asm.BASE + 0x3000),
    ...asm.li(NETWORK, 0x1000_3000),
    ...asm.li(DISK, 0x1000_4000),
    ...asm.li(SYSTEM, 0x1000_1000),
  ];
}

function handlerCode(draw: Draw): number[] {
  const take = asm.BASE + 4 * draw(CODE_WORDS);
  return [
    ...pointers(),
    // A packet, if there is one, goes into the code.
    asm.lw(31, NETWORK, 0),
    asm.branch(0, 31, 0, 16),
    ...asm.li(31, take),
    asm.sw(31, NETWORK, 4),
    asm.lw(31, DISK, 0x18),
    asm.branch(0, 31, 0, 8),
    asm.sw(31, DISK, 0x20),
    // The timer, if it is what interrupted.
    asm.csr(2, 31, 0, 0x344),
    asm.immediate(7, 31, 31, 0x80),
    asm.branch(0, 31, 0, 12),
    asm.lui(31, 0x10002),
    asm.sw(0, 31, 0),
    asm.csr(2, 31, 0, 0x341),
    asm.addi(31, 31, 4),
    asm.immediate(1, 31, 31, 20),
    asm.immediate(5, 31, 31, 20),
    asm.lui(30, 0x80000),
    asm.register(0, 6, 31, 31, 30),
    asm.csr(1, 0, 31, 0x341),
    asm.MRET,
  ];
}

/** One instruction: mostly legal, with the parts that machines get wrong drawn more often than by chance. */
export function randomInstruction(draw: Draw): number {
  const rd = draw(24);
  const rs1 = draw(32);
  const rs2 = draw(32);
  const pointer = CODE - draw(2);
  const offset = draw(4096) - 2048;
  switch (draw(20)) {
    case 0:
      return asm.lui(rd, draw(0x100000));
    case 1:
      return asm.auipc(rd, draw(0x100000));
    case 2:
    case 3:
      return asm.immediate([0, 2, 3, 4, 6, 7][draw(6)] ?? 0, rd, rs1, offset);
    case 4:
      return asm.immediate(draw(2) * 4 + 1, rd, rs1, draw(32) + 0x400 * draw(2));
    case 5:
    case 6:
      return asm.register(0, draw(8), rd, rs1, rs2);
    case 7:
      return asm.register(0x20, draw(2) * 5, rd, rs1, rs2);
    case 8:
    case 9:
      return asm.register(1, draw(8), rd, rs1, rs2);
    case 10:
    case 11:
      return asm.load([0, 1, 2, 4, 5][draw(5)] ?? 0, rd, pointer, offset & ~(draw(4) === 0 ? 0 : 3));
    case 12:
    case 13:
      return asm.store(draw(3), rs2, pointer, offset & ~(draw(4) === 0 ? 0 : 3));
    case 14:
    case 15:
      return asm.branch([0, 1, 4, 5, 6, 7][draw(6)] ?? 0, rs1, rs2, (draw(128) - 48) * 2 * (1 + draw(2)));
    case 16:
      return draw(2) === 0 ? asm.jal(rd, (draw(64) - 16) * 4) : asm.jalr(rd, CODE, offset & ~3);
    case 17:
      return randomDevice(draw, rd);
    case 18:
      return randomSystem(draw, rd, rs1);
    default:
      return draw(2) === 0 ? draw(0x1_0000_0000) : asm.immediate(0, rd, 0, offset);
  }
}

function randomDevice(draw: Draw, rd: number): number {
  const register = 4 * draw(9);
  switch (draw(6)) {
    case 0:
      return asm.lw(rd, NETWORK, register);
    case 1:
      return asm.lw(rd, DISK, register);
    case 2:
      return asm.lw(rd, SYSTEM, register);
    case 3:
      return asm.sw([CODE, DATA][draw(2)] ?? 0, draw(2) === 0 ? NETWORK : DISK, draw(2) === 0 ? 8 : 12);
    case 4:
      // Small numbers come from comparisons: this makes one that a command, a count or a length can be.
      return draw(2) === 0
        ? asm.addi(1 + draw(4), 0, draw(9))
        : asm.sw(1 + draw(4), DISK, [4, 8, 16][draw(3)] ?? 0);
    default:
      return asm.sw(1 + draw(4), draw(2) === 0 ? NETWORK : SYSTEM, register);
  }
}

/** Registers written in the order that makes a device do something, which is no accident that happens. */
function deviceRecipe(draw: Draw): number[] {
  const pointer = draw(3) === 0 ? DATA : CODE;
  switch (draw(3)) {
    case 0:
      return [asm.sw(pointer, NETWORK, 8), asm.addi(1, 0, 1 + draw(40)), asm.sw(1, NETWORK, 12)];
    case 1:
      return [asm.lui(2, 0x10002), asm.addi(1, 0, draw(3) * 100), asm.sw(1, 2, 0)];
    default:
      return [
        asm.addi(1, 0, draw(18)),
        asm.sw(1, DISK, 4),
        asm.addi(1, 0, draw(5)),
        asm.sw(1, DISK, 8),
        asm.sw(pointer, DISK, 12),
        asm.addi(1, 0, 1 + draw(2)),
        asm.sw(1, DISK, 16),
      ];
  }
}

function randomSystem(draw: Draw, rd: number, rs1: number): number {
  const known = [
    0x300, 0x301, 0x304, 0x340, 0x341, 0x342, 0x343, 0x344, 0xb00, 0xb02, 0xb82, 0xc00, 0xc02, 0xf14,
  ];
  switch (draw(8)) {
    case 0:
      return asm.ECALL;
    case 1:
      return asm.EBREAK;
    case 2:
      return asm.MRET;
    case 3:
      return draw(4) === 0 ? asm.WFI : 0x0000_100f;
    case 4:
      return asm.csr(6, 0, 8, 0x300);
    default:
      return asm.csr([1, 2, 3, 5, 6, 7][draw(6)] ?? 2, rd, rs1, known[draw(known.length)] ?? draw(4096));
  }
}

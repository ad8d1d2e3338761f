import { MEMORY_BASE } from '../layout.ts';

/*
 * Instructions are decoded once, into two words:
 *
 *     operation | rd * 4 << 8 | rs1 * 4 << 16 | rs2 * 4 << 24        immediate
 *
 * Registers are offsets in bytes, ready for a DataView. What would be written to x0 goes to a 33rd register that
 * nobody reads. Immediates are in the form that executing wants: the target of a jump is a word of memory, and what
 * depends on nothing but the instruction's own address (auipc) is computed here.
 */

/**
 * The operations. 0 must be that of a word which is not decoded. Up to {@link LAST_SIMPLE} the fast loop knows them;
 * the others always need the whole processor, and their immediate is the instruction word itself.
 */
export const OP = {
  undecoded: 0,
  loadImmediate: 1,
  addi: 2,
  slti: 3,
  sltiu: 4,
  xori: 5,
  ori: 6,
  andi: 7,
  slli: 8,
  srli: 9,
  srai: 10,
  add: 11,
  sub: 12,
  sll: 13,
  slt: 14,
  sltu: 15,
  xor: 16,
  srl: 17,
  sra: 18,
  or: 19,
  and: 20,
  mul: 21,
  mulh: 22,
  mulhsu: 23,
  mulhu: 24,
  div: 25,
  divu: 26,
  rem: 27,
  remu: 28,
  lb: 29,
  lh: 30,
  lw: 31,
  lbu: 32,
  lhu: 33,
  sb: 34,
  sh: 35,
  sw: 36,
  beq: 37,
  bne: 38,
  blt: 39,
  bge: 40,
  bltu: 41,
  bgeu: 42,
  jal: 43,
  jalr: 44,
  fence: 45,
  /** A branch or jump whose target is not in memory or not aligned. */
  farJump: 46,
  system: 47,
  illegal: 48,
} as const;

/** The last operation that the fast loop executes. */
export const LAST_SIMPLE = OP.fence;

/** What is written to x0 goes here. */
const SINK = 32;

const IMMEDIATE = [OP.addi, OP.slli, OP.slti, OP.sltiu, OP.xori, OP.srli, OP.ori, OP.andi] as const;
const REGISTER = [OP.add, OP.sll, OP.slt, OP.sltu, OP.xor, OP.srl, OP.or, OP.and] as const;
const MULTIPLY = [OP.mul, OP.mulh, OP.mulhsu, OP.mulhu, OP.div, OP.divu, OP.rem, OP.remu] as const;
const LOAD = [OP.lb, OP.lh, OP.lw, OP.illegal, OP.lbu, OP.lhu, OP.illegal, OP.illegal] as const;
const STORE = [OP.sb, OP.sh, OP.sw] as const;
const BRANCH = [OP.beq, OP.bne, OP.illegal, OP.illegal, OP.blt, OP.bge, OP.bltu, OP.bgeu] as const;

/** An instruction in two words, as laid out above. */
export interface Decoded {
  fields: number;
  immediate: number;
}

/**
 * Decodes the instruction at a word of memory.
 *
 * @param index which word of memory it is
 * @param words how many words memory has
 */
export function decode(word: number, index: number, words: number, into: Decoded): void {
  const funct3 = (word >>> 12) & 7;
  switch (word & 0x7f) {
    case 0x37:
      return put(into, OP.loadImmediate, word, word & ~0xfff);
    case 0x17:
      return put(into, OP.loadImmediate, word, (MEMORY_BASE + index * 4 + (word & ~0xfff)) | 0);
    case 0x13:
      return decodeImmediate(word, funct3, into);
    case 0x33:
      return put(into, registerOperation(word >>> 25, funct3), word, word);
    case 0x03:
      return put(into, LOAD[funct3] ?? OP.illegal, word, word >> 20);
    case 0x23:
      return put(into, STORE[funct3] ?? OP.illegal, word, ((word >> 25) << 5) | ((word >>> 7) & 31));
    case 0x63:
      return putJump(into, BRANCH[funct3] ?? OP.illegal, word, index * 4 + branchOffset(word), words);
    case 0x6f:
      return putJump(into, OP.jal, word, index * 4 + jumpOffset(word), words);
    case 0x67:
      return put(into, funct3 === 0 ? OP.jalr : OP.illegal, word, word >> 20);
    case 0x0f:
      // Memory is in order and decoded instructions never outlive their words: fence and fence.i have nothing to do.
      return put(into, funct3 <= 1 ? OP.fence : OP.illegal, word, 0);
    case 0x73:
      return put(into, OP.system, word, word);
    default:
      return put(into, OP.illegal, word, word);
  }
}

function decodeImmediate(word: number, funct3: number, into: Decoded): void {
  const rs1 = (word >>> 15) & 31;
  let operation: number = IMMEDIATE[funct3] ?? OP.illegal;
  let immediate = word >> 20;
  if (funct3 === 1 || funct3 === 5) {
    const funct7 = word >>> 25;
    immediate = (word >>> 20) & 31;
    if (funct3 === 5 && funct7 === 0x20) operation = OP.srai;
    else if (funct7 !== 0) operation = OP.illegal;
  } else if (funct3 === 0 && rs1 === 0) operation = OP.loadImmediate;
  put(into, operation, word, immediate);
}

function registerOperation(funct7: number, funct3: number): number {
  if (funct7 === 0) return REGISTER[funct3] ?? OP.illegal;
  if (funct7 === 1) return MULTIPLY[funct3] ?? OP.illegal;
  if (funct7 === 0x20 && funct3 === 0) return OP.sub;
  if (funct7 === 0x20 && funct3 === 5) return OP.sra;
  return OP.illegal;
}

function put(into: Decoded, operation: number, word: number, immediate: number): void {
  const rd = (word >>> 7) & 31 || SINK;
  const rs1 = (word >>> 15) & 31;
  const rs2 = (word >>> 20) & 31;
  into.fields = operation | (rd << 10) | (rs1 << 18) | (rs2 << 26);
  into.immediate = operation > LAST_SIMPLE || operation === OP.illegal ? word : immediate;
}

function putJump(into: Decoded, operation: number, word: number, target: number, words: number): void {
  const isNear = operation === OP.illegal || (target >= 0 && target < words * 4 && (target & 3) === 0);
  put(into, isNear ? operation : OP.farJump, word, target >> 2);
}

/** What a branch adds to its own address. */
export function branchOffset(word: number): number {
  return ((word >> 31) << 12) | ((word & 0x80) << 4) | ((word >>> 20) & 0x7e0) | ((word >>> 7) & 0x1e);
}

/** What a `jal` adds to its own address. */
export function jumpOffset(word: number): number {
  return ((word >> 31) << 20) | (word & 0xff000) | ((word >>> 9) & 0x800) | ((word >>> 20) & 0x7fe);
}

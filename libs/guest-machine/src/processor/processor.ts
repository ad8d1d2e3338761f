import type { Reader, Writer } from '../bytes.ts';

import type { Memory } from '../memory.ts';
import { ControlRegisters, INTERRUPT, isReadOnly } from './csr.ts';
import { branchOffset, decode, jumpOffset, OP, type Decoded } from './decode.ts';
import { runFast, type Registers } from './fast-loop.ts';

/** What loads and stores outside of memory reach. Words are numbers from 0 to 2^32 - 1. */
export interface Bus {
  /** Bits of mip. */
  pending(): number;
  /** The register's word, {@link FAULT} if there is none, or {@link ASKED}. */
  load(address: number): number;
  /** False if there is no such register, or it refuses the word. */
  store(address: number, word: number): boolean;
  /** A store into the word `tohost`. */
  reported(word: number): void;
}

/** There is no such register. */
export const FAULT = -1;
/** The answer comes from outside: the instruction has to wait for it. */
export const ASKED = -2;

/** Causes of exceptions. */
export const CAUSE = {
  misalignedFetch: 0,
  fetchFault: 1,
  illegal: 2,
  breakpoint: 3,
  loadFault: 5,
  storeFault: 7,
  environmentCall: 11,
} as const;

const ECALL = 0x0000_0073;
const EBREAK = 0x0010_0073;
const MRET = 0x3020_0073;
const WFI = 0x1050_0073;

/** What a single step came to. What retired or trapped counts as an instruction. */
export type Step = 'retired' | 'trapped' | 'decoded' | 'asked';

/** A trap that was taken. */
export interface Trap {
  readonly cause: number;
  readonly pc: number;
  readonly value: number;
}

/**
 * The processor: registers, traps, and everything that {@link runFast} leaves to it. It counts no instructions; the
 * machine does, and tells it how many there were.
 */
export class Processor implements Registers {
  pc = 0;
  readonly file = new DataView(new ArrayBuffer(33 * 4));
  readonly control = new ControlRegisters();
  /** Whether it has executed `wfi` and no interrupt has been pending since. */
  isWaiting = false;
  /** Exceptions so far: so many of the instructions that were counted did not retire. */
  exceptions = 0;
  /** The last exception, for whoever finds that nobody handles it. Not state. */
  trap: Trap = { cause: 0, pc: 0, value: 0 };
  readonly #memory: Memory;
  readonly #bus: Bus;
  readonly #scratch: Decoded = { fields: 0, immediate: 0 };

  constructor(memory: Memory, bus: Bus) {
    this.#memory = memory;
    this.#bus = bus;
  }

  /** Whether the next instruction can be fetched. */
  get canFetch(): boolean {
    return this.#memory.holds(this.#memory.offsetOf(this.pc), 4);
  }

  /**
   * To be called whenever an interrupt may have become pending or enabled. Ends waiting, and takes the pending
   * interrupt of the highest priority if interrupts are enabled. It happens at once and not before the next
   * instruction, so that there is one state for each count and the inputs so far.
   */
  settle(): void {
    const wanted = this.#bus.pending() & this.control.enabled;
    if (wanted === 0) return;
    this.isWaiting = false;
    if (!this.control.isEnabled) return;
    const cause = (wanted & (1 << INTERRUPT.external)) !== 0 ? INTERRUPT.external : INTERRUPT.timer;
    this.pc = this.control.enter(cause, true, this.pc, 0);
  }

  /** Executes simple instructions: see {@link runFast}. */
  run(budget: number): number {
    return this.canFetch ? runFast(this, this.#memory, budget) : budget;
  }

  /**
   * Executes one instruction of any kind, or decodes it.
   *
   * @param count instructions so far
   */
  step(count: number): Step {
    const memory = this.#memory;
    const offset = memory.offsetOf(this.pc);
    if (!memory.holds(offset, 4)) return this.#except(CAUSE.fetchFault, this.pc);
    const fields = memory.decoded.getInt32(offset * 2, true);
    const immediate = memory.decoded.getInt32(offset * 2 + 4, true);
    const operation = fields & 255;
    if (operation === OP.undecoded) return this.#decode(offset);
    if (operation >= OP.lb && operation <= OP.lhu) return this.#load(fields, immediate);
    if (operation >= OP.sb && operation <= OP.sw) return this.#store(fields, immediate);
    if (operation === OP.jalr) {
      const target = ((this.#source(fields) + immediate) & ~1) >>> 0;
      return this.#jump(target, (fields >> 8) & 255);
    }
    if (operation === OP.farJump) return this.#farJump(immediate);
    if (operation === OP.system) return this.#system(immediate, count);
    if (operation === OP.illegal) return this.#except(CAUSE.illegal, immediate >>> 0);
    throw new Error(`The fast loop stopped at the simple operation ${operation}.`);
  }

  /** Completes the load at pc with a word from outside. */
  complete(word: number): void {
    const offset = this.#memory.offsetOf(this.pc);
    const fields = this.#memory.decoded.getInt32(offset * 2, true);
    this.file.setInt32((fields >> 8) & 255, word, true);
    this.pc += 4;
  }

  save(writer: Writer): void {
    for (let register = 1; register < 32; register++) writer.word(this.file.getInt32(register * 4, true));
    const { control } = this;
    writer.count(this.exceptions);
    writer.word(this.pc);
    writer.word((this.isWaiting ? 1 : 0) | (control.isEnabled ? 2 : 0) | (control.wasEnabled ? 4 : 0));
    writer.word(control.enabled);
    writer.word(control.vector);
    writer.word(control.scratch);
    writer.word(control.exceptionPc);
    writer.word(control.cause);
    writer.word(control.value);
  }

  restore(reader: Reader): void {
    for (let register = 1; register < 32; register++) this.file.setInt32(register * 4, reader.word(), true);
    const { control } = this;
    this.exceptions = reader.count();
    this.pc = (reader.word() & ~3) >>> 0;
    const bits = reader.word();
    this.isWaiting = (bits & 1) !== 0;
    control.isEnabled = (bits & 2) !== 0;
    control.wasEnabled = (bits & 4) !== 0;
    control.enabled = reader.word();
    control.vector = reader.word();
    control.scratch = reader.word();
    control.exceptionPc = reader.word();
    control.cause = reader.word();
    control.value = reader.word();
  }

  #decode(offset: number): Step {
    const memory = this.#memory;
    const word = memory.view.getInt32(offset, true);
    decode(word, offset >>> 2, memory.bytes.length >>> 2, this.#scratch);
    memory.decoded.setInt32(offset * 2, this.#scratch.fields, true);
    memory.decoded.setInt32(offset * 2 + 4, this.#scratch.immediate, true);
    memory.markDecoded(offset >>> 2);
    return 'decoded';
  }

  #source(fields: number): number {
    return this.file.getInt32((fields >> 16) & 255, true);
  }

  /** Only loads outside of memory come here. */
  #load(fields: number, immediate: number): Step {
    const address = (this.#source(fields) + immediate) >>> 0;
    const isWord = (fields & 255) === OP.lw && (address & 3) === 0;
    const word = isWord ? this.#bus.load(address) : FAULT;
    if (word === FAULT) return this.#except(CAUSE.loadFault, address);
    if (word === ASKED) return 'asked';
    return this.#retire((fields >> 8) & 255, word);
  }

  /** Stores outside of memory, across words, and into pages with flags. */
  #store(fields: number, immediate: number): Step {
    const address = (this.#source(fields) + immediate) >>> 0;
    const word = this.file.getInt32(fields >>> 24, true);
    const operation = fields & 255;
    const length = operation === OP.sw ? 4 : operation === OP.sh ? 2 : 1;
    const memory = this.#memory;
    const offset = memory.offsetOf(address);
    if (memory.holds(offset, length)) {
      if (length === 4) memory.view.setInt32(offset, word, true);
      else if (length === 2) memory.view.setInt16(offset, word, true);
      else memory.view.setInt8(offset, word);
      if (memory.touch(offset, length)) this.#bus.reported(memory.view.getUint32(memory.tohost, true));
    } else if (length !== 4 || (address & 3) !== 0 || !this.#bus.store(address, word >>> 0)) {
      return this.#except(CAUSE.storeFault, address);
    }
    this.pc += 4;
    return 'retired';
  }

  #retire(destination: number, word: number): Step {
    this.file.setInt32(destination, word, true);
    this.pc += 4;
    return 'retired';
  }

  #farJump(word: number): Step {
    if ((word & 0x7f) === 0x6f)
      return this.#jump((this.pc + jumpOffset(word)) >>> 0, ((word >>> 7) & 31 || 32) * 4);
    const a = this.file.getInt32(((word >>> 15) & 31) * 4, true);
    const b = this.file.getInt32(((word >>> 20) & 31) * 4, true);
    if (isTaken((word >>> 12) & 7, a, b)) return this.#jump((this.pc + branchOffset(word)) >>> 0, 32 * 4);
    this.pc += 4;
    return 'retired';
  }

  #jump(target: number, link: number): Step {
    if ((target & 3) !== 0) return this.#except(CAUSE.misalignedFetch, target);
    this.file.setInt32(link, this.pc + 4, true);
    this.pc = target;
    return 'retired';
  }

  #system(word: number, count: number): Step {
    if (((word >>> 12) & 3) !== 0) return this.#controlRegister(word, count);
    switch (word) {
      case ECALL:
        return this.#except(CAUSE.environmentCall, 0);
      case EBREAK:
        return this.#except(CAUSE.breakpoint, this.pc);
      case MRET:
        this.pc = this.control.leave();
        return 'retired';
      case WFI:
        this.isWaiting = true;
        this.pc += 4;
        return 'retired';
      default:
        return this.#except(CAUSE.illegal, word >>> 0);
    }
  }

  #controlRegister(word: number, count: number): Step {
    const csr = word >>> 20;
    const operation = (word >>> 12) & 3;
    const source = (word >>> 15) & 31;
    // Setting or clearing no bits is no write, and so allowed everywhere; csrrw always writes.
    const isWrite = operation === 1 || source !== 0;
    const old = this.control.read(csr, this.#bus.pending(), {
      cycles: count,
      retired: count - this.exceptions,
    });
    if (old === undefined || (isWrite && isReadOnly(csr))) return this.#except(CAUSE.illegal, word >>> 0);
    const operand = (word & 0x4000) !== 0 ? source : this.file.getInt32(source * 4, true);
    if (isWrite) {
      const written = operation === 1 ? operand : operation === 2 ? old | operand : old & ~operand;
      this.control.write(csr, written);
    }
    return this.#retire(((word >>> 7) & 31 || 32) * 4, old);
  }

  #except(cause: number, value: number): Step {
    this.exceptions += 1;
    this.trap = { cause, pc: this.pc, value };
    this.pc = this.control.enter(cause, false, this.pc, value);
    return 'trapped';
  }
}

function isTaken(funct3: number, a: number, b: number): boolean {
  const isLess = funct3 < 6 ? a < b : a >>> 0 < b >>> 0;
  const holds = funct3 < 4 ? a === b : isLess;
  return (funct3 & 1) === 0 ? holds : !holds;
}

import type { Input } from '../src/index.ts';
import { NaiveDevices } from './naive-devices.ts';

const WORD = 1n << 32n;

/** An exception on its way. */
class Exception extends Error {
  override readonly cause: number;
  readonly value: number;

  constructor(cause: number, value: number) {
    super();
    this.cause = cause;
    this.value = value;
  }
}

const signed = (word: number): bigint => BigInt(word | 0);
const unsigned = (word: number): bigint => BigInt(word >>> 0);
const toWord = (value: bigint): number => Number(BigInt.asIntN(32, value));

/**
 * A second machine for comparison: it fetches, decodes and executes each instruction from its bytes, computes in big
 * integers where the real one is clever, and caches nothing.
 */
export class NaiveMachine {
  count = 0;
  pc = 0x80000000;
  readonly x: number[] = Array.from({ length: 32 }, () => 0);
  readonly memory: Uint8Array;
  readonly devices: NaiveDevices;
  isWaiting = false;
  end: string | undefined;
  question: 'clock' | 'entropy' | undefined;
  exceptions = 0;
  mie = 0;
  mpie = 0;
  control = new Map<number, number>([0x304, 0x305, 0x340, 0x341, 0x342, 0x343].map((csr) => [csr, 0]));

  constructor(program: Uint8Array, memoryBytes: number, sectors: number) {
    this.memory = new Uint8Array(memoryBytes);
    this.memory.set(program);
    this.devices = new NaiveDevices(this.memory, sectors);
  }

  run(until: number): string {
    for (;;) {
      if (this.end) return this.end;
      if (this.question) return this.question;
      if (this.isWaiting) return 'wfi';
      if (this.count === until) return 'count';
      this.step();
      const { exit } = this.devices;
      this.devices.exit = undefined;
      if (exit === 'halt') this.end = exit;
      if (exit) return exit;
    }
  }

  inject(input: Input): void {
    if (input.kind === 'clock' || input.kind === 'entropy') {
      const value = input.kind === 'clock' ? input.microseconds : input.word;
      if (input.kind === 'clock') this.devices.clockHigh = Number(BigInt(value) / WORD);
      this.#set((this.#fetch() >>> 7) & 31, toWord(BigInt(value)));
      this.pc += 4;
      this.count++;
      this.question = undefined;
      return;
    }
    this.devices.inject(input);
    this.#interrupt();
  }

  step(): void {
    try {
      if (!this.#execute()) return;
      this.count++;
    } catch (error) {
      if (!(error instanceof Exception)) throw error;
      this.count++;
      this.exceptions++;
      this.#enter(error.cause, error.value, 0);
      if (this.pc < 0x80000000 || this.pc + 4 > 0x80000000 + this.memory.length) this.end = 'fault';
    }
    this.#interrupt();
  }

  #enter(cause: number, value: number, vector: number): void {
    this.control
      .set(0x341, this.pc | 0)
      .set(0x342, cause | 0)
      .set(0x343, value | 0);
    this.mpie = this.mie;
    this.mie = 0;
    this.pc = (((this.control.get(0x305) ?? 0) & ~3) >>> 0) + vector;
  }

  #interrupt(): void {
    const wanted = this.devices.pendingInterrupts() & (this.control.get(0x304) ?? 0);
    if (wanted === 0) return;
    this.isWaiting = false;
    if (this.mie === 0) return;
    const cause = wanted >= 0x800 ? 11 : 7;
    this.#enter(0x80000000 + cause, 0, ((this.control.get(0x305) ?? 0) & 1) * 4 * cause);
  }

  #offset(address: number, length: number): number | undefined {
    const offset = address - 0x80000000;
    return offset >= 0 && offset + length <= this.memory.length ? offset : undefined;
  }

  #bytes(offset: number, length: number): bigint {
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = value * 256n + BigInt(this.memory[offset + i] ?? 0);
    return value;
  }

  #fetch(): number {
    const offset = this.#offset(this.pc, 4);
    if (offset === undefined) throw new Exception(1, this.pc);
    return Number(this.#bytes(offset, 4));
  }

  #set(rd: number, value: number): void {
    if (rd !== 0) this.x[rd] = value | 0;
  }

  /** False if the instruction has to wait for an answer. */
  #execute(): boolean {
    const w = this.#fetch();
    const rd = (w >>> 7) & 31;
    const funct3 = (w >>> 12) & 7;
    const a = this.x[(w >>> 15) & 31] ?? 0;
    const b = this.x[(w >>> 20) & 31] ?? 0;
    const i = toWord(BigInt.asIntN(12, BigInt(w >>> 20)));
    const next = this.pc + 4;
    const illegal = (): Exception => new Exception(2, w >>> 0);
    switch (w & 0x7f) {
      case 0x37:
        this.#set(rd, w & 0xfffff000);
        break;
      case 0x17:
        this.#set(rd, this.pc + (w & 0xfffff000));
        break;
      case 0x13: {
        const isShift = funct3 === 1 || funct3 === 5;
        const funct7 = isShift ? w >>> 25 : 0;
        if (funct7 !== 0 && !(funct3 === 5 && funct7 === 0x20)) throw illegal();
        this.#set(rd, this.#compute(funct3, funct7, a, isShift ? i & 31 : i, illegal));
        break;
      }
      case 0x33:
        this.#set(rd, this.#compute(funct3, w >>> 25, a, b, illegal));
        break;
      case 0x03:
        if (!this.#load(rd, funct3, (a + i) >>> 0, illegal)) return false;
        break;
      case 0x23:
        this.#store(funct3, (a + ((i & ~31) | rd)) >>> 0, b, illegal);
        break;
      case 0x63:
        return this.#branch(w, funct3, a, b, illegal);
      case 0x6f: {
        const bits = BigInt(w >>> 0);
        const offset =
          (((bits >> 31n) & 1n) << 20n) |
          (((bits >> 12n) & 255n) << 12n) |
          (((bits >> 20n) & 1n) << 11n) |
          (((bits >> 21n) & 1023n) << 1n);
        return this.#jump(rd, this.pc + Number(BigInt.asIntN(21, offset)));
      }
      case 0x67:
        if (funct3 !== 0) throw illegal();
        return this.#jump(rd, (a + i) & ~1);
      case 0x0f:
        if (funct3 > 1) throw illegal();
        break;
      case 0x73:
        return this.#system(w, rd, funct3, a, illegal);
      default:
        throw illegal();
    }
    this.pc = next;
    return true;
  }

  #compute(funct3: number, funct7: number, a: number, b: number, illegal: () => Exception): number {
    if (funct7 === 1) return toWord(multiplyOrDivide(funct3, a, b));
    const key = funct7 * 8 + funct3;
    const by = unsigned(b) % 32n;
    switch (key) {
      case 0:
        return toWord(signed(a) + signed(b));
      case 0x20 * 8:
        return toWord(signed(a) - signed(b));
      case 1:
        return toWord(unsigned(a) << by);
      case 2:
        return signed(a) < signed(b) ? 1 : 0;
      case 3:
        return unsigned(a) < unsigned(b) ? 1 : 0;
      case 4:
        return toWord(unsigned(a) ^ unsigned(b));
      case 5:
        return toWord(unsigned(a) >> by);
      case 0x20 * 8 + 5:
        return toWord(signed(a) >> by);
      case 6:
        return toWord(unsigned(a) | unsigned(b));
      case 7:
        return toWord(unsigned(a) & unsigned(b));
      default:
        throw illegal();
    }
  }

  #load(rd: number, funct3: number, address: number, illegal: () => Exception): boolean {
    if (funct3 === 3 || funct3 > 5) throw illegal();
    const length = 1 << (funct3 & 3);
    const offset = this.#offset(address, length);
    if (offset !== undefined) {
      const value = this.#bytes(offset, length);
      this.#set(rd, toWord(funct3 < 3 ? BigInt.asIntN(8 * length, value) : value));
      return true;
    }
    const answer = length === 4 && address % 4 === 0 ? this.devices.load(address) : 'fault';
    if (answer === 'fault') throw new Exception(5, address);
    if (typeof answer === 'string') this.question = answer;
    else this.#set(rd, answer);
    return typeof answer === 'number';
  }

  #store(funct3: number, address: number, word: number, illegal: () => Exception): void {
    if (funct3 > 2) throw illegal();
    const length = 1 << funct3;
    const offset = this.#offset(address, length);
    if (offset !== undefined) {
      for (let i = 0; i < length; i++)
        this.memory[offset + i] = Number((unsigned(word) >> BigInt(8 * i)) % 256n);
    } else if (length !== 4 || address % 4 !== 0 || !this.devices.store(address, word >>> 0)) {
      throw new Exception(7, address);
    }
  }

  #branch(w: number, funct3: number, a: number, b: number, illegal: () => Exception): boolean {
    if (funct3 === 2 || funct3 === 3) throw illegal();
    const tests = [a === b, a !== b, false, false, a < b, a >= b, a >>> 0 < b >>> 0, a >>> 0 >= b >>> 0];
    if (tests[funct3] !== true) {
      this.pc += 4;
      return true;
    }
    const bits = BigInt(w >>> 0);
    const offset =
      (((bits >> 31n) & 1n) << 12n) |
      (((bits >> 7n) & 1n) << 11n) |
      (((bits >> 25n) & 63n) << 5n) |
      (((bits >> 8n) & 15n) << 1n);
    return this.#jump(0, this.pc + Number(BigInt.asIntN(13, offset)));
  }

  #jump(rd: number, to: number): boolean {
    const target = to >>> 0;
    if (target % 4 !== 0) throw new Exception(0, target);
    this.#set(rd, this.pc + 4);
    this.pc = target;
    return true;
  }

  #system(w: number, rd: number, funct3: number, a: number, illegal: () => Exception): boolean {
    if (funct3 === 0) {
      if (w === 0x73) throw new Exception(11, 0);
      if (w === 0x100073) throw new Exception(3, this.pc);
      if (w === 0x10500073) this.isWaiting = true;
      else if (w !== 0x30200073) throw illegal();
      if (w === 0x30200073) {
        this.pc = (this.control.get(0x341) ?? 0) >>> 0;
        this.mie = this.mpie;
        this.mpie = 1;
      } else this.pc += 4;
      return true;
    }
    if (funct3 === 4) throw illegal();
    const source = (w >>> 15) & 31;
    const old = this.#readControl(w >>> 20);
    const writes = funct3 % 4 === 1 || source !== 0;
    if (old === undefined || (writes && w >>> 30 === 3)) throw illegal();
    const operand = funct3 >= 5 ? source : a;
    if (writes)
      this.#writeControl(w >>> 20, [operand, operand, old | operand, old & ~operand][funct3 % 4] ?? 0);
    this.#set(rd, old);
    this.pc += 4;
    return true;
  }

  #readControl(csr: number): number | undefined {
    if (csr === 0x300) return 0x1800 + 8 * this.mie + 128 * this.mpie;
    if (csr === 0x301) return 0x40001100;
    if (csr === 0x310 || (csr >= 0xf11 && csr <= 0xf15)) return 0;
    if (csr === 0x344) return this.devices.pendingInterrupts();
    const counter = [0xb00, 0xc00, 0xb80, 0xc80].includes(csr) ? this.count : this.count - this.exceptions;
    if ([0xb00, 0xc00, 0xb02, 0xc02].includes(csr)) return counter | 0;
    if ([0xb80, 0xc80, 0xb82, 0xc82].includes(csr)) return Math.floor(counter / 2 ** 32);
    return this.control.get(csr);
  }

  #writeControl(csr: number, word: number): void {
    if (csr === 0x300) {
      this.mie = (word >> 3) & 1;
      this.mpie = (word >> 7) & 1;
    }
    const masks = new Map([
      [0x304, 0x880],
      [0x305, ~2],
      [0x341, ~3],
    ]);
    if (this.control.has(csr)) this.control.set(csr, word & (masks.get(csr) ?? -1));
  }
}

function multiplyOrDivide(funct3: number, a: number, b: number): bigint {
  switch (funct3) {
    case 0:
      return signed(a) * signed(b);
    case 1:
      return (signed(a) * signed(b)) >> 32n;
    case 2:
      return (signed(a) * unsigned(b)) >> 32n;
    case 3:
      return (unsigned(a) * unsigned(b)) >> 32n;
    case 4:
      return b === 0 ? -1n : signed(a) / signed(b);
    case 5:
      return b === 0 ? -1n : unsigned(a) / unsigned(b);
    case 6:
      return b === 0 ? signed(a) : signed(a) % signed(b);
    default:
      return b === 0 ? unsigned(a) : unsigned(a) % unsigned(b);
  }
}

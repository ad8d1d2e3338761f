/** Numbers of the control and status registers that the processor has. */
export const CSR = {
  mstatus: 0x300,
  misa: 0x301,
  mie: 0x304,
  mtvec: 0x305,
  mstatush: 0x310,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
} as const;

/** Bits of mstatus, of which only these two can change: there is no other mode than machine mode. */
const STATUS_MIE = 1 << 3;
const STATUS_MPIE = 1 << 7;
const STATUS_MPP = 3 << 11;

/** Bits of mie and mip. */
export const INTERRUPT = { timer: 7, external: 11 } as const;
const INTERRUPT_MASK = (1 << INTERRUPT.timer) | (1 << INTERRUPT.external);

/** RV32IM. */
const MISA = (1 << 30) | (1 << 8) | (1 << 12);

/** mcycle and cycle, minstret and instret; their upper halves are 0x80 above. */
const CYCLES = [0xb00, 0xc00];
const RETIRED = [0xb02, 0xc02];

/** mvendorid, marchid, mimpid, mhartid, mconfigptr: all zero. */
const IDENTITIES = [0xf11, 0xf12, 0xf13, 0xf14, 0xf15];

/** What the counters of the processor stand at. */
export interface Counters {
  /** One for each instruction, whether it retired or trapped. */
  readonly cycles: number;
  readonly retired: number;
}

/**
 * The control and status registers of machine mode. Each field that software cannot change reads as what the
 * specification lets it be; counters are the machine's own and ignore writes.
 */
export class ControlRegisters {
  isEnabled = false;
  wasEnabled = false;
  enabled = 0;
  vector = 0;
  scratch = 0;
  exceptionPc = 0;
  cause = 0;
  value = 0;

  /**
   * What a register holds, or undefined if there is no such register.
   *
   * @param pending the bits of mip
   */
  read(csr: number, pending: number, counters: Counters): number | undefined {
    switch (csr) {
      case CSR.mstatus:
        return STATUS_MPP | (this.isEnabled ? STATUS_MIE : 0) | (this.wasEnabled ? STATUS_MPIE : 0);
      case CSR.misa:
        return MISA;
      case CSR.mie:
        return this.enabled;
      case CSR.mtvec:
        return this.vector;
      case CSR.mstatush:
        return 0;
      case CSR.mscratch:
        return this.scratch;
      case CSR.mepc:
        return this.exceptionPc;
      case CSR.mcause:
        return this.cause;
      case CSR.mtval:
        return this.value;
      case CSR.mip:
        return pending;
      default:
        return readCounter(csr, counters) ?? (IDENTITIES.includes(csr) ? 0 : undefined);
    }
  }

  /** Writes a register that {@link ControlRegisters.read} knows. */
  write(csr: number, word: number): void {
    switch (csr) {
      case CSR.mstatus:
        this.isEnabled = (word & STATUS_MIE) !== 0;
        this.wasEnabled = (word & STATUS_MPIE) !== 0;
        return;
      case CSR.mie:
        this.enabled = word & INTERRUPT_MASK;
        return;
      case CSR.mtvec:
        // Bit 0: interrupts have entries of their own. Bit 1 is reserved, and reads as zero.
        this.vector = word & ~2;
        return;
      case CSR.mscratch:
        this.scratch = word;
        return;
      case CSR.mepc:
        this.exceptionPc = word & ~3;
        return;
      case CSR.mcause:
        this.cause = word;
        return;
      case CSR.mtval:
        this.value = word;
        return;
    }
  }

  /** Takes a trap: what the registers become, and the address of the handler. */
  enter(cause: number, isInterrupt: boolean, pc: number, value: number): number {
    this.exceptionPc = pc;
    this.cause = isInterrupt ? cause | (1 << 31) : cause;
    this.value = value;
    this.wasEnabled = this.isEnabled;
    this.isEnabled = false;
    const base = (this.vector & ~3) >>> 0;
    return isInterrupt && (this.vector & 1) !== 0 ? base + 4 * cause : base;
  }

  /** Returns from a trap: the address to go on at. */
  leave(): number {
    this.isEnabled = this.wasEnabled;
    this.wasEnabled = true;
    return this.exceptionPc >>> 0;
  }
}

function readCounter(csr: number, { cycles, retired }: Counters): number | undefined {
  const low = csr & ~0x80;
  const counter = CYCLES.includes(low) ? cycles : RETIRED.includes(low) ? retired : undefined;
  if (counter === undefined) return undefined;
  return (csr & 0x80) === 0 ? counter | 0 : Math.floor(counter / 0x1_0000_0000) | 0;
}

/** Whether a register may be written, by its number alone. */
export function isReadOnly(csr: number): boolean {
  return csr >>> 10 === 3;
}

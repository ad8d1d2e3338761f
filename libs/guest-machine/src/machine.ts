import type { Exit } from './exit.ts';
import type { DiskRequest, Input, TimerRequest } from './input.ts';

/** How a machine is built. */
export interface MachineOptions {
  /** The program: a 32-bit little-endian RISC-V executable in ELF form. */
  readonly image: Uint8Array;
  /** Bytes of memory from address 0x80000000 on, a multiple of 4096. Default: 256 KiB. */
  readonly memoryBytes?: number;
  /** What the guest reads as the size of its disk, in sectors of 512 bytes. Default: 128. */
  readonly diskSectors?: number;
}

/**
 * One RV32IM processor in machine mode, its memory and its devices.
 *
 * The machine is pure: it knows no time, draws nothing, and does nothing by itself. Two machines of the same options
 * that are given the same inputs at the same instruction counts are in the same state at every count. All that is
 * nondeterministic comes in through {@link Machine.inject}; all that the guest does to the world comes out as an
 * {@link Exit}. Neither registers nor memory can be reached in any other way.
 */
export interface Machine {
  /** Bytes of memory. */
  readonly memoryBytes: number;

  /**
   * Instructions that have been executed since the machine was built, those that trapped among them. A read of the
   * clock or of entropy counts when it is answered. An interrupt is no instruction: it is taken between two.
   */
  readonly instructionCount: number;

  /** The timer that the guest has armed and that has not fired yet. */
  readonly timer: TimerRequest | undefined;

  /** Disk requests that have not completed yet, oldest first. A machine that goes live issues them again. */
  readonly pendingDisk: readonly DiskRequest[];

  /**
   * Executes instructions until the count is reached or something needs the hypervisor. It returns `count` only with
   * exactly `until` instructions executed; every other exit may come at or before that count.
   *
   * A machine that waits for an interrupt, for an answer or for ever says so again each time, and executes nothing.
   *
   * @param until a count not below {@link Machine.instructionCount}, at most 2^53 - 1
   * @throws {@link MachineError} `misuse` if it is below
   */
  run(until: number): Exit;

  /**
   * Gives the machine an input, at the present instruction count. An answer to a read completes that read, and the
   * count is one more afterwards. Anything else raises an interrupt, which the guest takes there and then if it
   * has interrupts enabled, and otherwise as soon as it enables them.
   *
   * @returns false if the network device's queue was full and the packet is lost, as on a real card; otherwise true
   * @throws {@link MachineError} `misuse` for an answer to no question, for another input while a read waits for its
   *   answer, for a timer that is not armed, for a disk request that is not pending, for data of the wrong size, and
   *   for a machine that has halted. The machine is unchanged then
   */
  inject(input: Input): boolean;

  /** The whole state, as bytes that any machine of the same sizes can restore. Pages of zeros take no room. */
  snapshot(): Uint8Array;

  /**
   * Takes over a state. What `instructionCount`, `stateHash` and all else say is what they said when it was saved.
   *
   * @throws {@link MachineError} `misuse` if the bytes are no snapshot, or one of a machine of other sizes
   */
  restore(snapshot: Uint8Array): void;

  /**
   * A hash of the whole state (registers, memory, devices, instruction count) as 16 hexadecimal digits. It depends on
   * nothing but the state. Only pages that were written since the last call are read again, so it may be taken often.
   */
  stateHash(): string;
}

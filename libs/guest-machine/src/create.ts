import { GuestMachine } from './guest-machine.ts';
import type { Machine, MachineOptions } from './machine.ts';

/**
 * A machine with the program in its memory, about to execute its first instruction.
 *
 * @throws {@link MachineError} `image` if the program is not a 32-bit RISC-V executable that fits into memory;
 *   `misuse` for sizes that can't be
 */
export function createMachine(options: MachineOptions): Machine {
  return new GuestMachine(options);
}

import { MachineError } from './error.ts';
import type { Machine, MachineOptions } from './machine.ts';

/**
 * A machine with the program in its memory, about to execute its first instruction.
 *
 * @throws {@link MachineError} `image` if the program is not a 32-bit RISC-V executable that fits into memory
 */
export function createMachine(_options: MachineOptions): Machine {
  throw new MachineError('image', 'The interpreter is not built yet.');
}

import { MEMORY_BASE } from '../layout.ts';
import type { Memory } from '../memory.ts';
import {
  divide,
  divideUnsigned,
  multiplyHigh,
  multiplyHighMixed,
  multiplyHighUnsigned,
  remainder,
  remainderUnsigned,
} from './arithmetic.ts';

/** What the fast loop works on. */
export interface Registers {
  /** The address of the next instruction. */
  pc: number;
  /** x0 to x31, then one that takes what is written to x0; each an int32. */
  readonly file: DataView;
}

/**
 * Executes instructions as long as they are simple: computation, jumps within memory, loads and stores that touch
 * memory alone and whose page has nobody to tell. Before any other instruction it stops: that one is the processor's.
 *
 * Everything here serves speed. Operations are literals, for only over literals a switch becomes a jump table: they
 * are those of `OP` in decode.ts. Registers, memory and decoded instructions are DataViews, and the constant parts of
 * an instruction are ready to use.
 *
 * @param budget how many instructions to execute at the most; pc must lie in memory
 * @returns how many of these are left
 */
// tidy-allow function-length: one switch over all operations; in several functions it is several times slower
export function runFast(cpu: Registers, memory: Memory, budget: number): number {
  const registers = cpu.file;
  const { view, flags, decoded } = memory;
  const size = view.byteLength;
  let index = (cpu.pc - MEMORY_BASE) >>> 2;
  let left = budget;
  loop: for (; left > 0; left--) {
    const fields = decoded.getInt32(index << 3, true);
    const immediate = decoded.getInt32((index << 3) + 4, true);
    switch (fields & 255) {
      case 1: // lui, auipc, li
        registers.setInt32((fields >> 8) & 255, immediate, true);
        index++;
        break;
      case 2: // addi
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) + immediate,
          true,
        );
        index++;
        break;
      case 3: // slti
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) < immediate ? 1 : 0,
          true,
        );
        index++;
        break;
      case 4: // sltiu
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) >>> 0 < immediate >>> 0 ? 1 : 0,
          true,
        );
        index++;
        break;
      case 5: // xori
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) ^ immediate,
          true,
        );
        index++;
        break;
      case 6: // ori
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) | immediate,
          true,
        );
        index++;
        break;
      case 7: // andi
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) & immediate,
          true,
        );
        index++;
        break;
      case 8: // slli
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) << immediate,
          true,
        );
        index++;
        break;
      case 9: // srli
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) >>> immediate,
          true,
        );
        index++;
        break;
      case 10: // srai
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) >> immediate,
          true,
        );
        index++;
        break;
      case 11: // add
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) + registers.getInt32(fields >>> 24, true),
          true,
        );
        index++;
        break;
      case 12: // sub
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) - registers.getInt32(fields >>> 24, true),
          true,
        );
        index++;
        break;
      case 13: // sll
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) << registers.getInt32(fields >>> 24, true),
          true,
        );
        index++;
        break;
      case 14: // slt
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) < registers.getInt32(fields >>> 24, true) ? 1 : 0,
          true,
        );
        index++;
        break;
      case 15: // sltu
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) >>> 0 < registers.getInt32(fields >>> 24, true) >>> 0
            ? 1
            : 0,
          true,
        );
        index++;
        break;
      case 16: // xor
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) ^ registers.getInt32(fields >>> 24, true),
          true,
        );
        index++;
        break;
      case 17: // srl
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) >>> registers.getInt32(fields >>> 24, true),
          true,
        );
        index++;
        break;
      case 18: // sra
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) >> registers.getInt32(fields >>> 24, true),
          true,
        );
        index++;
        break;
      case 19: // or
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) | registers.getInt32(fields >>> 24, true),
          true,
        );
        index++;
        break;
      case 20: // and
        registers.setInt32(
          (fields >> 8) & 255,
          registers.getInt32((fields >> 16) & 255, true) & registers.getInt32(fields >>> 24, true),
          true,
        );
        index++;
        break;
      case 21: // mul
        registers.setInt32(
          (fields >> 8) & 255,
          Math.imul(registers.getInt32((fields >> 16) & 255, true), registers.getInt32(fields >>> 24, true)),
          true,
        );
        index++;
        break;
      case 22: // mulh
        registers.setInt32(
          (fields >> 8) & 255,
          multiplyHigh(
            registers.getInt32((fields >> 16) & 255, true),
            registers.getInt32(fields >>> 24, true),
          ),
          true,
        );
        index++;
        break;
      case 23: // mulhsu
        registers.setInt32(
          (fields >> 8) & 255,
          multiplyHighMixed(
            registers.getInt32((fields >> 16) & 255, true),
            registers.getInt32(fields >>> 24, true),
          ),
          true,
        );
        index++;
        break;
      case 24: // mulhu
        registers.setInt32(
          (fields >> 8) & 255,
          multiplyHighUnsigned(
            registers.getInt32((fields >> 16) & 255, true),
            registers.getInt32(fields >>> 24, true),
          ),
          true,
        );
        index++;
        break;
      case 25: // div
        registers.setInt32(
          (fields >> 8) & 255,
          divide(registers.getInt32((fields >> 16) & 255, true), registers.getInt32(fields >>> 24, true)),
          true,
        );
        index++;
        break;
      case 26: // divu
        registers.setInt32(
          (fields >> 8) & 255,
          divideUnsigned(
            registers.getInt32((fields >> 16) & 255, true),
            registers.getInt32(fields >>> 24, true),
          ),
          true,
        );
        index++;
        break;
      case 27: // rem
        registers.setInt32(
          (fields >> 8) & 255,
          remainder(registers.getInt32((fields >> 16) & 255, true), registers.getInt32(fields >>> 24, true)),
          true,
        );
        index++;
        break;
      case 28: // remu
        registers.setInt32(
          (fields >> 8) & 255,
          remainderUnsigned(
            registers.getInt32((fields >> 16) & 255, true),
            registers.getInt32(fields >>> 24, true),
          ),
          true,
        );
        index++;
        break;
      case 29: {
        // lb
        const at = (registers.getInt32((fields >> 16) & 255, true) + immediate) ^ MEMORY_BASE;
        if (at >>> 0 > size - 1) break loop;
        registers.setInt32((fields >> 8) & 255, view.getInt8(at), true);
        index++;
        break;
      }
      case 30: {
        // lh
        const at = (registers.getInt32((fields >> 16) & 255, true) + immediate) ^ MEMORY_BASE;
        if (at >>> 0 > size - 2) break loop;
        registers.setInt32((fields >> 8) & 255, view.getInt16(at, true), true);
        index++;
        break;
      }
      case 31: {
        // lw
        const at = (registers.getInt32((fields >> 16) & 255, true) + immediate) ^ MEMORY_BASE;
        if (at >>> 0 > size - 4) break loop;
        registers.setInt32((fields >> 8) & 255, view.getInt32(at, true), true);
        index++;
        break;
      }
      case 32: {
        // lbu
        const at = (registers.getInt32((fields >> 16) & 255, true) + immediate) ^ MEMORY_BASE;
        if (at >>> 0 > size - 1) break loop;
        registers.setInt32((fields >> 8) & 255, view.getUint8(at), true);
        index++;
        break;
      }
      case 33: {
        // lhu
        const at = (registers.getInt32((fields >> 16) & 255, true) + immediate) ^ MEMORY_BASE;
        if (at >>> 0 > size - 2) break loop;
        registers.setInt32((fields >> 8) & 255, view.getUint16(at, true), true);
        index++;
        break;
      }
      case 34: {
        // sb
        const at = (registers.getInt32((fields >> 16) & 255, true) + immediate) ^ MEMORY_BASE;
        if (at >>> 0 > size - 1) break loop;
        if (flags[at >>> 12] !== 0) break loop;
        view.setInt8(at, registers.getInt32(fields >>> 24, true));
        index++;
        break;
      }
      case 35: {
        // sh
        const at = (registers.getInt32((fields >> 16) & 255, true) + immediate) ^ MEMORY_BASE;
        if (at >>> 0 > size - 2) break loop;
        if (((at & 1) | (flags[at >>> 12] ?? 0)) !== 0) break loop;
        view.setInt16(at, registers.getInt32(fields >>> 24, true), true);
        index++;
        break;
      }
      case 36: {
        // sw
        const at = (registers.getInt32((fields >> 16) & 255, true) + immediate) ^ MEMORY_BASE;
        if (at >>> 0 > size - 4) break loop;
        if (((at & 3) | (flags[at >>> 12] ?? 0)) !== 0) break loop;
        view.setInt32(at, registers.getInt32(fields >>> 24, true), true);
        index++;
        break;
      }
      case 37: // beq
        index =
          registers.getInt32((fields >> 16) & 255, true) === registers.getInt32(fields >>> 24, true)
            ? immediate
            : index + 1;
        break;
      case 38: // bne
        index =
          registers.getInt32((fields >> 16) & 255, true) !== registers.getInt32(fields >>> 24, true)
            ? immediate
            : index + 1;
        break;
      case 39: // blt
        index =
          registers.getInt32((fields >> 16) & 255, true) < registers.getInt32(fields >>> 24, true)
            ? immediate
            : index + 1;
        break;
      case 40: // bge
        index =
          registers.getInt32((fields >> 16) & 255, true) >= registers.getInt32(fields >>> 24, true)
            ? immediate
            : index + 1;
        break;
      case 41: // bltu
        index =
          registers.getInt32((fields >> 16) & 255, true) >>> 0 < registers.getInt32(fields >>> 24, true) >>> 0
            ? immediate
            : index + 1;
        break;
      case 42: // bgeu
        index =
          registers.getInt32((fields >> 16) & 255, true) >>> 0 >=
          registers.getInt32(fields >>> 24, true) >>> 0
            ? immediate
            : index + 1;
        break;
      case 43: // jal
        registers.setInt32((fields >> 8) & 255, MEMORY_BASE + 4 + (index << 2), true);
        index = immediate;
        break;
      case 44: {
        // jalr
        const at = ((registers.getInt32((fields >> 16) & 255, true) + immediate) & ~1) ^ MEMORY_BASE;
        if (at >>> 0 >= size || (at & 3) !== 0) break loop;
        registers.setInt32((fields >> 8) & 255, MEMORY_BASE + 4 + (index << 2), true);
        index = at >>> 2;
        break;
      }
      case 45: // fence, fence.i
        index++;
        break;
      default:
        break loop;
    }
  }
  cpu.pc = MEMORY_BASE + index * 4;
  return left;
}

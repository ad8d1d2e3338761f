/** A snapshot taken apart: what the machine otherwise shows to nobody. */
export interface State {
  readonly count: number;
  readonly registers: readonly number[];
  readonly pc: number;
  readonly isWaiting: boolean;
  /** mstatus.MIE and MPIE, mie, mtvec, mscratch, mepc, mcause, mtval. */
  readonly control: readonly number[];
  readonly memory: Uint8Array;
}

/** Reads the snapshot of a machine that has not halted. */
export function stateOf(snapshot: Uint8Array): State {
  const view = new DataView(snapshot.buffer, snapshot.byteOffset, snapshot.length);
  const smallBytes = view.getUint32(12, true);
  let at = 16;
  const word = (): number => view.getInt32((at += 4) - 4, true);
  const count = (): number => (word() >>> 0) + word() * 2 ** 32;
  const executed = count();
  if (word() !== 0) throw new Error('The machine has halted.');
  const registers = [0, ...Array.from({ length: 31 }, word)];
  count();
  const pc = word() >>> 0;
  const bits = word();
  const control = [(bits >> 1) & 1, (bits >> 2) & 1, ...Array.from({ length: 6 }, word)];
  const memory = new Uint8Array(view.getUint32(4, true));
  at = 16 + smallBytes;
  while (at < snapshot.length) {
    const page = word();
    const length = word();
    memory.set(snapshot.subarray(at, at + length), page * 4096);
    at += length;
  }
  return { count: executed, registers, pc, isWaiting: (bits & 1) === 1, control, memory };
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMachine, guestImage, MachineError, type Machine } from '../src/index.ts';
import * as asm from './assembler.ts';
import { stateOf } from './state.ts';

const CLOCK = 0x1000_1000;

const boot = (...words: number[]): Machine =>
  createMachine({ image: asm.executable(words), memoryBytes: 0x4000 });

/** Enables one interrupt, with a handler that is the last instruction and returns at once. */
const enable = (bit: number, handler: number): number[] => [
  ...asm.li(1, handler),
  asm.csr(1, 0, 1, 0x305),
  ...asm.li(1, 1 << bit),
  asm.csr(1, 0, 1, 0x304),
  asm.csr(6, 0, 8, 0x300),
];

const refused = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof MachineError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
};

describe('a run', () => {
  it('executes exactly as many instructions as it is told, decoded before or not', () => {
    const machine = boot(asm.addi(1, 1, 1), asm.jal(0, -4));
    for (const count of [1, 2, 3, 3, 50, 51, 1_000_000]) {
      expect(machine.run(count)).toEqual({ kind: 'count' });
      expect(machine.instructionCount).toBe(count);
      expect(stateOf(machine.snapshot()).registers[1]).toBe(Math.ceil(count / 2));
    }
    expect(refused(() => machine.run(999_999))).toBe('misuse: Expected a count from 1000000 up, got 999999.');
    expect(refused(() => machine.run(NaN))).toMatch(/^misuse/);
  });

  it('counts beyond 2^32, and the guest reads that count', () => {
    const machine = boot(asm.csr(2, 3, 0, 0xb80), asm.csr(2, 2, 0, 0xb00), asm.jal(0, -8));
    machine.run(9);
    const snapshot = machine.snapshot();
    // The count is the first thing in the state: this makes it 2^32 more.
    new DataView(snapshot.buffer).setUint32(20, 1, true);
    machine.restore(snapshot);
    expect(machine.instructionCount).toBe(0x1_0000_0009);
    machine.run(0x1_0000_000c);
    expect(stateOf(machine.snapshot()).registers.slice(2, 4)).toEqual([10, 1]);
  });

  it('stops before a read of the clock and goes on behind it, with the time that it was told', () => {
    const machine = boot(...asm.li(1, CLOCK), asm.lw(2, 1, 0), asm.lw(3, 1, 4), asm.jal(0, 0));
    expect(machine.run(2)).toEqual({ kind: 'count' });
    const before = machine.stateHash();
    expect(machine.run(100)).toEqual({ kind: 'clock' });
    expect(machine.run(100)).toEqual({ kind: 'clock' });
    expect([machine.instructionCount, machine.stateHash()]).toEqual([2, before]);
    machine.inject({ kind: 'clock', microseconds: 0x5_8000_0001 });
    expect(machine.instructionCount).toBe(3);
    machine.run(5);
    expect(stateOf(machine.snapshot()).registers.slice(2, 4)).toEqual([0x8000_0001 | 0, 5]);
  });

  it('ends for good when the guest faults or switches it off', () => {
    const off = boot(asm.lui(1, 0x10000), asm.addi(2, 0, 7), asm.sw(2, 1, 0));
    for (let i = 0; i < 2; i++) expect(off.run(100)).toEqual({ kind: 'halt', code: 7 });
    expect(off.instructionCount).toBe(3);
    const fault = boot(asm.addi(1, 0, 5), 0);
    const other = boot(asm.addi(1, 0, 5), 0);
    expect(fault.run(100)).toEqual({ kind: 'fault', cause: 2, pc: 0x8000_0004, value: 0 });
    other.restore(fault.snapshot());
    expect(other.run(100)).toEqual(fault.run(100));
    expect(refused(() => fault.inject({ kind: 'packet', packet: Uint8Array.of(1) }))).toMatch(/halted/);
  });
});

describe('an interrupt', () => {
  it('is taken at the count at which it is raised, for each count', () => {
    for (let count = 10; count < 30; count++) {
      const handler = asm.BASE + 13 * 4;
      const loop = [asm.addi(2, 2, 1), asm.jal(0, -4)];
      const timer = [asm.lui(3, 0x10002), asm.addi(4, 0, 50), asm.sw(4, 3, 0)];
      const machine = boot(...timer, ...enable(7, handler), ...loop, 0, asm.addi(5, 0, 1));
      expect(machine.run(count).kind).toBe('timer');
      expect(machine.timer).toEqual({ delayUs: 50, armedAt: 3 });
      expect(machine.run(count)).toEqual({ kind: 'count' });
      const { pc } = stateOf(machine.snapshot());
      machine.inject({ kind: 'timer' });
      const state = stateOf(machine.snapshot());
      // Instructions so far, the handler, and where it returns to.
      expect([state.count, state.pc, (state.control[5] ?? 0) >>> 0]).toEqual([count, handler, pc]);
      expect(state.control[6]).toBe(0x8000_0007 | 0);
    }
  });

  it('ends waiting even where it is not taken', () => {
    const machine = boot(
      ...asm.li(1, 0x800),
      asm.csr(1, 0, 1, 0x304),
      asm.WFI,
      asm.addi(2, 0, 1),
      asm.jal(0, 0),
    );
    for (let i = 0; i < 2; i++) expect(machine.run(1000)).toEqual({ kind: 'wfi' });
    expect(machine.instructionCount).toBe(4);
    machine.inject({ kind: 'packet', packet: Uint8Array.of(1) });
    expect(machine.run(5)).toEqual({ kind: 'count' });
    expect(stateOf(machine.snapshot()).registers[2]).toBe(1);
  });
});

describe('a machine refuses', () => {
  it('inputs that nobody asked for, and stays as it is', () => {
    const machine = boot(...asm.li(1, CLOCK), asm.lw(2, 1, 0));
    const hash = machine.stateHash();
    expect(refused(() => machine.inject({ kind: 'clock', microseconds: 1 }))).toMatch(
      /not reading its clock/,
    );
    expect(refused(() => machine.inject({ kind: 'timer' }))).toMatch(/No timer/);
    expect(refused(() => machine.inject({ kind: 'disk', id: 1, ok: true }))).toMatch(/No disk request 1/);
    for (const length of [0, 1501])
      expect(refused(() => machine.inject({ kind: 'packet', packet: new Uint8Array(length) }))).toMatch(
        /1 to 1500/,
      );
    expect(machine.stateHash()).toBe(hash);
    machine.run(10);
    expect(refused(() => machine.inject({ kind: 'packet', packet: Uint8Array.of(1) }))).toMatch(
      /answer that first/,
    );
    expect(refused(() => machine.inject({ kind: 'clock', microseconds: -1 }))).toMatch(/whole number/);
    expect(refused(() => machine.inject({ kind: 'entropy', word: 1 }))).toMatch(/not reading its entropy/);
  });

  it('programs that are none, or that do not fit', () => {
    const image = guestImage('echo');
    const changed = (at: number, byte: number): Uint8Array => image.map((old, i) => (i === at ? byte : old));
    const tries: [Uint8Array, string][] = [
      [new Uint8Array(10), 'no ELF file'],
      [changed(4, 2), 'not 32-bit'],
      [changed(18, 3), 'another processor'],
      [changed(16, 3), 'fixed address'],
      [image.slice(0, 400), 'cut off'],
      [readFileSync(new URL('../guests/build/echo.linux.elf', import.meta.url)), 'is not in memory'],
    ];
    for (const [bytes, why] of tries)
      expect(refused(() => createMachine({ image: bytes }))).toMatch(new RegExp(`^image: .*${why}`));
    expect(refused(() => createMachine({ image, memoryBytes: 5000 }))).toMatch(/multiple of 4096/);
  });

  it('snapshots of other machines, and what is no snapshot', () => {
    const machine = createMachine({ image: guestImage('echo') });
    const other = createMachine({ image: guestImage('echo'), memoryBytes: 512 * 1024 });
    expect(refused(() => machine.restore(other.snapshot()))).toMatch(/other sizes/);
    expect(refused(() => machine.restore(new Uint8Array(8)))).toMatch(/no snapshot/);
    expect(refused(() => machine.restore(machine.snapshot().slice(0, -9)))).toMatch(/cut off/);
  });
});

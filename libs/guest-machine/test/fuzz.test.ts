import { describe, expect, it } from 'vitest';
import { createMachine, type DiskRequest, type Input, type Machine } from '../src/index.ts';
import { executable } from './assembler.ts';
import { NaiveMachine } from './naive.ts';
import { makeDraw, randomInstruction, randomProgram, type Draw } from './random-program.ts';
import { stateOf } from './state.ts';

const MEMORY = 0x5000;
const SECTORS = 16;
const PROGRAMS = process.env['LOCKSTEP_FULL'] === '1' ? 20_000 : 120;
const FIRST_SEED = Number(process.env['LOCKSTEP_SEED'] ?? 1);

/** How often each situation was met, for a fuzzer that never gets anywhere agrees with everything. */
const met = new Map<string, number>();

function meet(what: string): void {
  met.set(what, (met.get(what) ?? 0) + 1);
}

/** Something that may come from outside now; code among it, so that it changes what runs. */
function drawInput(draw: Draw, machine: Machine, exit: string): Input | undefined {
  if (exit === 'clock') return { kind: 'clock', microseconds: draw(0x1_0000_0000) * (1 + draw(1000)) };
  if (exit === 'entropy') return { kind: 'entropy', word: draw(0x1_0000_0000) };
  const choice = draw(exit === 'wfi' ? 3 : 6);
  if (choice === 0) return { kind: 'packet', packet: drawCode(draw, 1 + draw(200)) };
  if (choice === 1 && machine.timer !== undefined) return { kind: 'timer' };
  const requests = machine.pendingDisk;
  if (choice === 2 && requests.length > 0) return drawCompletion(draw, requests);
  return undefined;
}

function drawCompletion(draw: Draw, requests: readonly DiskRequest[]): Input {
  const request = requests[draw(requests.length)];
  if (request === undefined) throw new Error('none is pending');
  const ok = draw(4) > 0;
  if (!ok || request.operation === 'write') return { kind: 'disk', id: request.id, ok };
  meet('sectors read into memory');
  return { kind: 'disk', id: request.id, ok, data: drawCode(draw, request.sectors * 512) };
}

function drawCode(draw: Draw, bytes: number): Uint8Array {
  const words = new DataView(new ArrayBuffer((bytes + 3) & ~3));
  for (let at = 0; at < words.byteLength; at += 4) words.setUint32(at, randomInstruction(draw), true);
  return new Uint8Array(words.buffer).slice(0, bytes);
}

function expectSame(machine: Machine, naive: NaiveMachine): void {
  const state = stateOf(machine.snapshot());
  expect(state.count).toBe(naive.count);
  expect(state.pc.toString(16)).toBe(naive.pc.toString(16));
  expect(state.registers).toEqual(naive.x);
  expect(state.isWaiting).toBe(naive.isWaiting);
  expect(state.control).toEqual([naive.mie, naive.mpie, ...naive.control.values()]);
  expect(Buffer.compare(state.memory, naive.memory)).toBe(0);
}

/** Runs a random program on both machines, with inputs at random counts, and compares them at each stop. */
function compare(seed: number): void {
  const draw = makeDraw(seed);
  const image = executable(randomProgram(draw));
  const machine = createMachine({ image, memoryBytes: MEMORY, diskSectors: SECTORS });
  const naive = new NaiveMachine(image.subarray(84), MEMORY, SECTORS);
  const hashes = createMachine({ image, memoryBytes: MEMORY, diskSectors: SECTORS });
  for (let round = 0; round < 60; round++) {
    const until = machine.instructionCount + draw(150);
    const exit = machine.run(until).kind;
    expect(exit).toBe(naive.run(until));
    meet(exit);
    if (exit === 'halt' || exit === 'fault') return;
    expectSame(machine, naive);
    const input = drawInput(draw, machine, exit);
    if (input !== undefined) {
      meet(`input ${input.kind}`);
      machine.inject(input);
      naive.inject(input);
      expectSame(machine, naive);
    }
    if (round % 10 !== 0) continue;
    // A hash that was kept up to date is the hash of somebody who has just been told the state.
    hashes.restore(machine.snapshot());
    expect(machine.stateHash()).toBe(hashes.stateHash());
  }
}

describe('random instruction streams, with self-modifying code and DMA into it', () => {
  it('leave the machine and a naive model in the same state, at each stop', { timeout: 1_800_000 }, () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
      try {
        compare(seed);
      } catch (error) {
        throw new Error(`LOCKSTEP_SEED=${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
  });

  it('reach every kind of exit and of input', () => {
    const exits = ['count', 'clock', 'entropy', 'output', 'disk', 'timer', 'wfi', 'sectors read into memory'];
    const wanted = [
      ...exits,
      ...['packet', 'timer', 'disk', 'clock', 'entropy'].map((kind) => `input ${kind}`),
    ];
    expect(wanted.filter((what) => (met.get(what) ?? 0) < 5)).toEqual([]);
  });
});

import {
  createMachine,
  MachineError,
  SECTOR_BYTES,
  type DiskRequest,
  type Exit,
  type Input,
  type Machine,
} from '@lockstep/guest-machine';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EXIT, UsageError } from '../exit.ts';
import type { Io } from '../io.ts';

const DISK_SECTORS = 128;

/** The options of `lockstep guest run`. */
export interface GuestRunOptions {
  /** In KiB. */
  readonly memory: number;
  readonly instructions: number;
}

/**
 * Runs a program until it switches the machine off, and prints its lines. The status is 0 if its code was 0. The
 * official instruction tests end in this way, too: a store to `tohost` gives the number of the test that failed.
 */
export async function runGuest(io: Io, file: string, options: GuestRunOptions): Promise<number> {
  const machine = load(file, options.memory);
  const disk = new Uint8Array(DISK_SECTORS * SECTOR_BYTES);
  for (;;) {
    const exit = machine.run(Math.max(machine.instructionCount, options.instructions));
    const input = await answer(io, machine, exit, disk);
    if (typeof input === 'number') return input;
    if (input !== undefined) machine.inject(input);
  }
}

function load(file: string, memory: number): Machine {
  try {
    return createMachine({
      image: readFileSync(file),
      memoryBytes: memory * 1024,
      diskSectors: DISK_SECTORS,
    });
  } catch (error) {
    if (error instanceof MachineError) throw new UsageError(`${file}: ${error.message}`);
    if (error instanceof Error && 'code' in error)
      throw new UsageError(`${file} can't be read (${String(error.code)}).`);
    throw error;
  }
}

/** The input that an exit asks for, undefined if none, or the status to end with. */
async function answer(
  io: Io,
  machine: Machine,
  exit: Exit,
  disk: Uint8Array,
): Promise<Input | number | undefined> {
  switch (exit.kind) {
    case 'console':
      io.out(exit.text);
      return undefined;
    case 'output':
      io.out(`packet of ${exit.packet.length} bytes: ${Buffer.from(exit.packet).toString('hex')}`);
      return undefined;
    case 'clock':
      return { kind: 'clock', microseconds: Date.now() * 1000 };
    case 'entropy':
      return { kind: 'entropy', word: randomInt(0x1_0000_0000) };
    case 'disk':
    case 'timer':
      return undefined;
    case 'wfi':
      return wake(io, machine, disk);
    case 'halt':
      io.err(`switched off with code ${exit.code} after ${count(machine)}`);
      return exit.code === 0 ? EXIT.ok : EXIT.failed;
    case 'fault':
      io.err(
        `nobody handles the exception ${exit.cause} at ${hex(exit.pc)} (${hex(exit.value)}), after ${count(machine)}`,
      );
      return EXIT.failed;
    case 'count':
      io.err(`not finished after ${count(machine)}`);
      return EXIT.unknown;
  }
}

/** What a machine that waits is waiting for. */
async function wake(io: Io, machine: Machine, disk: Uint8Array): Promise<Input | number> {
  const request = machine.pendingDisk[0];
  if (request !== undefined) return transfer(request, disk);
  const { timer } = machine;
  if (timer !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(timer.delayUs / 1000)));
    return { kind: 'timer' };
  }
  io.err(`waits for a packet, and none will come, after ${count(machine)}`);
  return EXIT.unknown;
}

function transfer({ id, sector, sectors, data }: DiskRequest, disk: Uint8Array): Input {
  const start = sector * SECTOR_BYTES;
  if (data === undefined)
    return { kind: 'disk', id, ok: true, data: disk.slice(start, start + sectors * SECTOR_BYTES) };
  disk.set(data, start);
  return { kind: 'disk', id, ok: true };
}

function count(machine: Machine): string {
  return `${machine.instructionCount.toLocaleString('en')} instructions`;
}

function hex(word: number): string {
  return `0x${(word >>> 0).toString(16)}`;
}

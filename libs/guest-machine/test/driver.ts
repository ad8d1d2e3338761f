import type { Exit, Input, Machine } from '../src/index.ts';

/** An input and the count at which the machine was given it. */
export interface Recorded {
  readonly at: number;
  readonly input: Input;
}

/** A packet that came out, and the count after the instruction that sent it. */
export interface Output {
  readonly at: number;
  readonly packet: string;
}

/** A hypervisor for tests: answers reads, keeps a disk, and records what went in and what came out. */
export class Driver {
  readonly machine: Machine;
  readonly log: Recorded[] = [];
  readonly outputs: Output[] = [];
  readonly lines: string[] = [];
  readonly disk = new Uint8Array(128 * 512);
  now = 1_700_000_000_000_000;
  #random = 1;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  inject(input: Input): void {
    this.log.push({ at: this.machine.instructionCount, input });
    this.machine.inject(input);
  }

  /** Runs to the next exit that is not answered here: the count, `wfi`, `disk`, or an end. */
  run(until = Number.MAX_SAFE_INTEGER): Exit {
    for (;;) {
      const exit = this.machine.run(until);
      switch (exit.kind) {
        case 'clock':
          // Clock and entropy are those of guests/linux/platform.c.
          this.inject({ kind: 'clock', microseconds: (this.now += 1000) });
          break;
        case 'entropy':
          this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
          this.inject({ kind: 'entropy', word: this.#random });
          break;
        case 'output':
          this.outputs.push({
            at: this.machine.instructionCount,
            packet: Buffer.from(exit.packet).toString('hex'),
          });
          break;
        case 'console':
          this.lines.push(exit.text);
          break;
        case 'timer':
          break;
        case 'disk':
        case 'count':
        case 'wfi':
        case 'halt':
        case 'fault':
          return exit;
      }
    }
  }

  /** Carries out the disk request that is pending, the oldest or a later one. */
  completeDisk(index = 0, ok = true): void {
    const request = this.machine.pendingDisk[index];
    if (request === undefined) throw new Error('No disk request is pending.');
    const { id, sector, sectors, data } = request;
    if (!ok) return this.inject({ kind: 'disk', id, ok });
    if (data !== undefined) this.disk.set(data, sector * 512);
    const read = this.disk.slice(sector * 512, (sector + sectors) * 512);
    this.inject(data === undefined ? { kind: 'disk', id, ok, data: read } : { kind: 'disk', id, ok });
  }
}

/** Gives a machine the same inputs at the same counts. What it puts out, and its hash before each input. */
export function replay(
  machine: Machine,
  log: readonly Recorded[],
  end: number,
): { outputs: Output[]; hashes: string[] } {
  const outputs: Output[] = [];
  const hashes: string[] = [];
  const runTo = (count: number, isDone: (exit: Exit) => boolean): void => {
    for (;;) {
      const exit = machine.run(count);
      if (exit.kind === 'output')
        outputs.push({ at: machine.instructionCount, packet: Buffer.from(exit.packet).toString('hex') });
      if (isDone(exit)) return;
      if (exit.kind === 'wfi' || exit.kind === 'halt' || exit.kind === 'fault')
        throw new Error(`The replay is at ${exit.kind} at ${machine.instructionCount}, before ${count}.`);
    }
  };
  for (const { at, input } of log) {
    const isAnswer = input.kind === 'clock' || input.kind === 'entropy';
    if (isAnswer) runTo(at + 1, (exit) => exit.kind === input.kind);
    else
      runTo(at, (exit) => exit.kind === 'count' || (exit.kind === 'wfi' && machine.instructionCount === at));
    if (machine.instructionCount !== at)
      throw new Error(`The replay asks for ${input.kind} at ${machine.instructionCount}, not at ${at}.`);
    hashes.push(machine.stateHash());
    machine.inject(input);
  }
  runTo(end, (exit) => exit.kind === 'count' || (exit.kind === 'wfi' && machine.instructionCount === end));
  return { outputs, hashes };
}

import { encode } from '@lockstep/api';
import type { Exit, Host, Input, VirtualMachine } from '@lockstep/api';
import { createMachine, guestImage } from '@lockstep/guest-machine';
import type { Machine, Exit as CoreExit } from '@lockstep/guest-machine';
import type { BootContext } from '@lockstep/test-harness/suite';
import { CHECKPOINT, INSTRUCTIONS_PER_MS, SLICE } from './numbers.ts';
import { shortHex, toHex } from './hex.ts';
import type { Seen, StateSeen } from './seen.ts';
import type { Settings } from './settings.ts';

/** Bytes of a snapshot before the core's own. */
const HEADER_BYTES = 8;

type Finish = (exit: Exit) => void;

/**
 * The boundary around the virtual machine of one boot of one server: lends the machine virtual time, shows the judges
 * every input and output with its instruction count, and hands the implementation nothing but copies. It is the lab's
 * code, outside of the implementation's compartment; when the node dies, its timers and observations end with it.
 */
export class MachineBoundary {
  readonly #core: Machine;
  readonly #context: BootContext<Seen>;
  readonly #host: Host;
  /** How many times as slow as it should be. */
  slowness = 1;
  #finish: Finish | undefined;
  #isStopWanted = false;
  #outputs = 0;
  /** What has been injected: inputs of the guest, and their bytes in the canonical encoding. */
  readonly injected = { inputs: 0, bytes: 0, packets: 0 };

  constructor(context: BootContext<Seen>, { guest, maxLag }: Settings) {
    this.#context = context;
    this.#host = context.host;
    this.#core = createMachine({ image: guestImage(guest) });
    context.observe({ kind: 'machine-on', guest, maxLag });
  }

  get count(): number {
    return this.#core.instructionCount;
  }

  /** Packets that the guest has sent. */
  get outputs(): number {
    return this.#outputs;
  }

  /** Disk requests of the guest that have not been completed. */
  get pendingRequests(): number {
    return this.#core.pendingDisk.length;
  }

  /** What the implementation holds of this machine: closures over copies. */
  get port(): VirtualMachine {
    const core = this.#core;
    const whole = <T>(value: T): T => this.#context.copy(value, 'the machine’s state');
    const port: VirtualMachine = {
      get count() {
        return core.instructionCount;
      },
      get timer() {
        return whole(core.timer);
      },
      get pendingDisk() {
        return whole(core.pendingDisk);
      },
      run: (until) => this.#run(until),
      stop: () => {
        if (this.#finish !== undefined) this.#isStopWanted = true;
      },
      inject: (input) => this.#inject(input),
      snapshot: () => this.#snapshot(),
      restore: (snapshot) => this.#restore(snapshot),
      stateHash: () => {
        this.#refuseWhileRunning('stateHash');
        return core.stateHash();
      },
    };
    return Object.freeze(port);
  }

  #refuseWhileRunning(method: string): void {
    if (this.#finish !== undefined) throw new TypeError(`machine.${method}() during a run`);
  }

  #run(until: number = Number.MAX_SAFE_INTEGER): Promise<Exit> {
    this.#refuseWhileRunning('run');
    if (!Number.isSafeInteger(until) || until < this.count) {
      throw new TypeError(`machine.run(${String(until)}): the machine is at ${this.count} already`);
    }
    this.#isStopWanted = false;
    return new Promise<Exit>((resolve) => {
      this.#finish = resolve;
      this.#slice(until);
    });
  }

  /** Executes up to a slice, and has what comes of it happen when the time for it has passed. */
  #slice(until: number): void {
    const core = this.#core;
    const from = core.instructionCount;
    const checkpoint = (Math.floor(from / CHECKPOINT) + 1) * CHECKPOINT;
    const limit = Math.min(until, from + SLICE, checkpoint);
    const exit = this.#execute(limit);
    if (core.instructionCount === checkpoint && from < checkpoint) this.#showState('checkpoint');
    const isOver = exit !== undefined || core.instructionCount >= until;
    this.#context.observe({ kind: 'ran', count: core.instructionCount });
    const ms = ((core.instructionCount - from) / INSTRUCTIONS_PER_MS) * this.slowness;
    const end = (): void => {
      if (isOver) this.#end(exit ?? { kind: 'count', count: core.instructionCount });
      else if (this.#isStopWanted) this.#end({ kind: 'stopped', count: core.instructionCount });
      else this.#slice(until);
    };
    this.#host.clock.after(ms, end);
  }

  #end(exit: Exit): void {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(exit);
  }

  /** Executes up to `limit`; `undefined` when nothing came up before. */
  #execute(limit: number): Exit | undefined {
    for (;;) {
      const exit = this.#core.run(limit);
      if (exit.kind === 'console') this.#host.log.info(`guest: ${exit.text}`);
      else return exit.kind === 'count' ? undefined : this.#toExit(exit);
    }
  }

  #toExit(exit: Exclude<CoreExit, { kind: 'count' | 'console' }>): Exit {
    const count = this.count;
    const { observe } = this.#context;
    switch (exit.kind) {
      case 'output': {
        const number = ++this.#outputs;
        observe({ kind: 'output-made', count, number, packet: toHex(exit.packet) });
        return { kind: 'output', count, output: { number, packet: exit.packet } };
      }
      case 'disk':
        observe({ kind: 'request-made', count, request: exit.request });
        return { kind: 'disk', count, request: exit.request };
      case 'timer': {
        const { timer } = this.#core;
        if (timer !== undefined) observe({ kind: 'timer-armed', count, delayUs: timer.delayUs });
        return { kind: 'timer', count };
      }
      case 'wfi':
        return { kind: 'idle', count };
      case 'fault':
        this.#host.log.warn(`the guest is at fault: cause ${exit.cause} at ${exit.pc}`);
        return { kind: 'halt', count };
      case 'halt':
      case 'clock':
      case 'entropy':
        return { kind: exit.kind, count };
    }
  }

  #inject(given: Input): boolean {
    this.#refuseWhileRunning('inject');
    const input = this.#context.copy(given, 'the input');
    const count = this.count;
    const isTaken = this.#misusable(() => this.#core.inject(input));
    this.injected.inputs++;
    this.injected.bytes += encode(input).length;
    if (input.kind === 'packet') this.injected.packets++;
    this.#context.observe({ kind: 'input', text: describeInput(input, count), count, input });
    return isTaken;
  }

  /** The core's state, behind the number of outputs that it has made. */
  #snapshot(): Uint8Array {
    this.#refuseWhileRunning('snapshot');
    this.#showState('saved');
    const state = this.#core.snapshot();
    const bytes = new Uint8Array(HEADER_BYTES + state.length);
    new DataView(bytes.buffer).setFloat64(0, this.#outputs);
    bytes.set(state, HEADER_BYTES);
    return bytes;
  }

  #restore(given: Uint8Array): void {
    this.#refuseWhileRunning('restore');
    const bytes = this.#context.copy(given, 'the snapshot');
    this.#misusable(() => {
      if (!(bytes instanceof Uint8Array) || bytes.length < HEADER_BYTES) throw new TypeError('no snapshot');
      this.#core.restore(bytes.subarray(HEADER_BYTES));
    });
    this.#outputs = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
    this.#showState('restored');
  }

  #showState(kind: StateSeen['kind']): void {
    const { count } = this;
    const text = kind === 'checkpoint' ? {} : { text: `machine ${kind} at ${count}` };
    this.#context.observe({ kind, ...text, count, outputs: this.#outputs, hash: this.#core.stateHash() });
  }

  /** What the core refuses is the implementation's mistake: an error of its own world, not of the lab's. */
  #misusable<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw new TypeError(error instanceof Error ? error.message : 'misused');
    }
  }
}

function describeInput(input: Input, count: number): string {
  const what = input.kind === 'packet' ? `packet ${shortHex(toHex(input.packet))}` : input.kind;
  return `guest gets ${what} at ${count}`;
}

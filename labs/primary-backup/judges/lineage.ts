import { createMachine, guestImage } from '@lockstep/guest-machine';
import type { Machine } from '@lockstep/guest-machine';
import { toHex } from '../src/hex.ts';
import { requestKey } from './record.ts';
import type { MachineRecord, Requested } from './record.ts';

/** What one machine does that has the inputs of the lineage: O* and its disk requests. */
export interface Lineage {
  /** Packets by number, in hexadecimal digits. */
  readonly outputs: ReadonlyMap<number, string>;
  readonly requests: ReadonlyMap<number, Requested>;
  /** In what the replay differs from what was recorded; undefined: in nothing. */
  readonly difference: string | undefined;
}

/**
 * Replays all inputs of the machine that is live in the end, those of its predecessors among them, on a fresh machine:
 * nobody's word is taken for what the guest did.
 */
export function replayLineage(live: MachineRecord): Lineage {
  const replay = new Replay(live);
  return { outputs: replay.outputs, requests: replay.requests, difference: replay.run() };
}

class Replay {
  readonly outputs = new Map<number, string>();
  readonly requests = new Map<number, Requested>();
  readonly #live: MachineRecord;
  readonly #machine: Machine;

  constructor(live: MachineRecord) {
    this.#live = live;
    this.#machine = createMachine({ image: guestImage(live.guest) });
  }

  run(): string | undefined {
    const { inputs, count } = this.#live;
    for (const [index, { count: at, input }] of inputs.entries()) {
      const isAnswer = input.kind === 'clock' || input.kind === 'entropy';
      const difference = this.#runTo(at, isAnswer ? at + 1 : at);
      if (difference !== undefined) return difference;
      try {
        this.#machine.inject(input);
      } catch (error) {
        const why = error instanceof Error ? error.message : 'refused';
        return `input ${index + 1} (${input.kind} at ${at}) is none for a machine with the inputs before it: ${why}`;
      }
    }
    return this.#runTo(count, count) ?? this.#compareOutputs();
  }

  /** Runs to a count, or to the question that is there; and looks at the state wherever the live one was looked at. */
  #runTo(target: number, until: number): string | undefined {
    const machine = this.#machine;
    for (;;) {
      const wanted = this.#nextCheckpoint(until);
      const before = machine.instructionCount;
      const exit = machine.run(Math.max(wanted, before));
      const { instructionCount } = machine;
      if (exit.kind === 'output') this.outputs.set(this.outputs.size + 1, toHex(exit.packet));
      if (exit.kind === 'disk') {
        this.requests.set(exit.request.id, { request: exit.request, key: requestKey(exit.request) });
      }
      const hash = instructionCount > before ? this.#live.hashes.get(instructionCount) : undefined;
      if (exit.kind === 'count' && hash !== undefined && hash !== machine.stateHash()) {
        return `its state at ${instructionCount} is not that of a machine with the same inputs`;
      }
      if (exit.kind === 'count' && instructionCount >= until) return undefined;
      const isStanding = ['wfi', 'clock', 'entropy', 'halt', 'fault'].includes(exit.kind);
      if (!isStanding) continue;
      return instructionCount === target
        ? undefined
        : `a machine with its inputs stands still at ${instructionCount}, not at ${target}`;
    }
  }

  #nextCheckpoint(until: number): number {
    const at = this.#machine.instructionCount;
    let next = until;
    for (const count of this.#live.hashes.keys()) if (count > at && count < next) next = count;
    return next;
  }

  #compareOutputs(): string | undefined {
    for (const [number, packet] of this.#live.outputs) {
      if (this.outputs.get(number) !== packet) {
        return `a machine with its inputs does not send packet ${number} as it did`;
      }
    }
    return undefined;
  }
}

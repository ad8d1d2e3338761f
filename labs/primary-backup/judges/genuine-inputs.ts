import { CLOCK_SKEW_MS, encode } from '@lockstep/api';
import type { DiskCompletion, Input } from '@lockstep/api';
import { toHex } from '../src/hex.ts';
import { START_US } from '../src/numbers.ts';
import { Ledger } from './ledger.ts';
import type { MachineRecord } from './record.ts';

/** What rounding of clocks is allowed, in ms. */
const SLACK_MS = 1;

/**
 * What a live machine is given is genuine: a packet that was delivered, a word that was drawn, a completion of the
 * storage's, a timer that is due, and a clock that is about right and never goes back, across failovers neither.
 */
export class GenuineInputs {
  readonly #ledger = new Ledger();

  drawn(id: string, word: number): void {
    this.#ledger.give(id, `entropy ${word}`);
  }

  /** @param packet in hexadecimal digits. */
  delivered(id: string, packet: string): void {
    this.#ledger.give(id, `packet ${packet}`);
  }

  completed(id: string, completion: DiskCompletion): void {
    this.#ledger.give(id, `disk ${toHex(encode(completion))}`);
  }

  /** What is wrong with the latest input of a machine, as the end of a sentence; undefined if nothing is. */
  faultOf(machine: MachineRecord, input: Input, atMs: number): string | undefined {
    const { id } = machine;
    switch (input.kind) {
      case 'clock':
        return clockFault(machine, input.microseconds, atMs);
      case 'timer': {
        const dueMs = machine.timersDueMs.get(machine.armedAt) ?? 0;
        if (atMs >= dueMs - SLACK_MS) return undefined;
        return `let the guest's timer fire ${Math.ceil(dueMs - atMs)} ms early`;
      }
      case 'entropy':
        return this.#ledger.spend(id, `entropy ${input.word}`)
          ? undefined
          : 'gave its guest a random word that its hardware has not drawn for it';
      case 'packet':
        return this.#ledger.spend(id, `packet ${toHex(input.packet)}`)
          ? undefined
          : 'gave its guest a packet that was not delivered to it';
      case 'disk':
        return this.#ledger.spend(id, `disk ${toHex(encode(input))}`)
          ? undefined
          : 'gave its guest a disk completion that the storage has not given it';
    }
  }
}

function clockFault(machine: MachineRecord, microseconds: number, atMs: number): string | undefined {
  const before = machine.clockBefore(machine.inputs.length - 1);
  if (microseconds < before) {
    return `let its guest's clock run back by ${before - microseconds} µs`;
  }
  const offMs = Math.abs((microseconds - START_US) / 1000 - atMs);
  if (offMs <= CLOCK_SKEW_MS + SLACK_MS) return undefined;
  return `told its guest a time that is ${Math.round(offMs)} ms off; no server's clock is`;
}

import { encode } from '@lockstep/api';
import type { Input } from '@lockstep/api';
import type { InputSeen, StateSeen } from '../src/seen.ts';
import { toHex } from '../src/hex.ts';

/** An input as it was injected, and what it is compared by. */
export interface Recorded {
  readonly count: number;
  readonly input: Input;
  readonly key: string;
}

/** Everything that the boundary has seen of one machine: the witness of what it is. */
export class MachineRecord {
  readonly inputs: Recorded[] = [];
  /** Packets by number, in hexadecimal digits. */
  readonly outputs = new Map<number, string>();
  /** When each packet was made, in ms. */
  readonly madeAtMs = new Map<number, number>();
  /** Disk requests by id. */
  readonly requests = new Map<number, string>();
  readonly hashes = new Map<number, string>();
  count = 0;
  lastClock = 0;

  add({ count, input }: InputSeen): Recorded {
    const recorded = { count, input, key: `${count}:${toHex(encode(input))}` };
    this.inputs.push(recorded);
    if (input.kind === 'clock') this.lastClock = input.microseconds;
    return recorded;
  }

  /** Becomes what another machine was when its state was saved. */
  inherit(from: MachineRecord, saved: SavedState): void {
    this.inputs.length = 0;
    this.inputs.push(...from.inputs.slice(0, saved.inputs));
    this.outputs.clear();
    this.requests.clear();
    for (const [number, packet] of from.outputs)
      if (number <= saved.outputs) this.outputs.set(number, packet);
    for (const [id, request] of from.requests) if (id <= saved.requests) this.requests.set(id, request);
    this.count = saved.count;
    this.lastClock = from.lastClock;
  }
}

/** A state that a machine of the service was in. */
export interface SavedState extends StateSeen {
  readonly of: MachineRecord;
  readonly inputs: number;
  readonly requests: number;
}

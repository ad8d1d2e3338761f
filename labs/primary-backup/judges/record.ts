import { encode } from '@lockstep/api';
import type { DiskRequest, Input } from '@lockstep/api';
import type { GuestName } from '@lockstep/guest-machine';
import { toHex } from '../src/hex.ts';
import type { InputSeen, MachineOn, StateSeen } from '../src/seen.ts';

/** An input as it was injected, and what it is compared by. */
export interface Recorded {
  readonly count: number;
  readonly input: Input;
  readonly key: string;
}

/** A disk request of a guest, and what it is compared by. */
export interface Requested {
  readonly request: DiskRequest;
  readonly key: string;
}

/** What a machine is at the moment: nobody's, a copy of a live one that gets its log, live, or live no more. */
export type Part = 'follower' | 'live' | 'dead';

/** Everything that the boundary has seen of one machine: the witness of what it is. */
export class MachineRecord {
  /** The server and its boot: `n1.1`. */
  readonly id: string;
  readonly guest: GuestName;
  readonly maxLag: number;
  part: Part = 'follower';
  /** Counts how often it has gone live. */
  lives = 0;
  /** Since when it is live, in ms. */
  liveSinceMs = 0;
  /** The machine whose inputs it gets. */
  model: MachineRecord | undefined;
  /** Has had nothing but what its model has had. */
  isFollowing = true;
  count = 0;
  /** The count at which the timer was armed that was armed last. */
  armedAt = 0;
  readonly inputs: Recorded[] = [];
  /** Packets by number, in hexadecimal digits. */
  readonly outputs = new Map<number, string>();
  /** When each packet was made, in ms. */
  readonly madeAtMs = new Map<number, number>();
  readonly requests = new Map<number, Requested>();
  /** States by count. */
  readonly hashes = new Map<number, string>();
  /** When timers are due, in ms, by the count at which they were armed. */
  readonly timersDueMs = new Map<number, number>();

  constructor(id: string, { guest, maxLag }: MachineOn) {
    this.id = id;
    this.guest = guest;
    this.maxLag = maxLag;
  }

  /** The server. */
  get node(): string {
    return this.id.slice(0, this.id.lastIndexOf('.'));
  }

  add({ count, input }: InputSeen): Recorded {
    const recorded = { count, input, key: keyOf(count, input) };
    this.inputs.push(recorded);
    return recorded;
  }

  /** The wall clock that the guest read last before input `index`. */
  clockBefore(index: number): number {
    for (let i = index - 1; i >= 0; i--) {
      const input = this.inputs[i]?.input;
      if (input?.kind === 'clock') return input.microseconds;
    }
    return 0;
  }

  /** Notes a timer, which is due no later than the model's own was. */
  armed(count: number, dueMs: number): void {
    this.armedAt = count;
    const before = this.isFollowing ? this.model?.timersDueMs.get(count) : undefined;
    this.timersDueMs.set(count, Math.min(before ?? dueMs, dueMs));
  }

  /** Becomes what another machine was when its state was saved. */
  inherit(saved: SavedState): void {
    const from = saved.of;
    this.model = from;
    this.isFollowing = true;
    this.part = 'follower';
    this.count = saved.count;
    this.armedAt = saved.armedAt;
    this.inputs.splice(0, Infinity, ...from.inputs.slice(0, saved.inputs));
    take(this.outputs, from.outputs, saved.outputs);
    take(this.madeAtMs, from.madeAtMs, saved.outputs);
    take(this.requests, from.requests, saved.requests);
    take(this.hashes, from.hashes, saved.count);
    take(this.timersDueMs, from.timersDueMs, saved.count);
  }

  /** What it is now, for one that takes over its state. */
  save(seen: StateSeen): SavedState {
    const { armedAt, inputs, requests } = this;
    return { ...seen, of: this, armedAt, inputs: inputs.length, requests: requests.size };
  }
}

/** Has `to` hold what `from` does, up to a key. */
function take<T>(to: Map<number, T>, from: ReadonlyMap<number, T>, last: number): void {
  const kept = [...from].filter(([key]) => key <= last);
  to.clear();
  for (const [key, value] of kept) to.set(key, value);
}

/** A state that a machine of the service was in. */
export interface SavedState extends StateSeen {
  readonly of: MachineRecord;
  readonly armedAt: number;
  readonly inputs: number;
  readonly requests: number;
}

function keyOf(count: number, input: Input): string {
  return `${count}:${toHex(encode(input))}`;
}

/** What two disk requests are compared by. */
export function requestKey(request: DiskRequest): string {
  return toHex(encode(request));
}

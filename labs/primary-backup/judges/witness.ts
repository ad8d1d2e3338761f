import { CLOCK_SKEW_MS, encode } from '@lockstep/api';
import type { Input, NodeId } from '@lockstep/api';
import type { Judge, Moment, Violation } from '@lockstep/test-harness/suite';
import { IN_DOUBT_MS, MAX_LAG_INSTRUCTIONS, START_US } from '../src/numbers.ts';
import { shortHex, toHex } from '../src/hex.ts';
import type { PacketSent, Seen } from '../src/seen.ts';
import { MachineRecord } from './lineage.ts';
import type { Recorded, SavedState } from './lineage.ts';

/** A packet that the world has seen. */
interface Spoken {
  readonly packet: string;
  /** By machine, when it was sent, in ms. */
  readonly senders: Map<string, number>;
}

/** The disk may answer a little later than its last look at the clock; allowed rounding of a clock, in ms. */
const CLOCK_SLACK_MS = 1;

/**
 * Single-machine equivalence, by witness. Whatever the servers are, the world must not be able to tell them from one
 * machine: the *lineage*, which is the machine of whoever has won the newest epoch. Its inputs are the part of the log
 * that the survivor has consumed, then its own; its packets are the only ones that the world may see, and the world
 * must see them all.
 */
export class Witness implements Judge<Seen> {
  readonly property = 'single-machine equivalence';
  readonly #machines = new Map<string, MachineRecord>();
  readonly #names: readonly NodeId[];
  /** Machines that have been live, the latest last, with the time since when. */
  readonly #holders: { readonly id: string; readonly sinceMs: number }[];
  readonly #spoken = new Map<number, Spoken>();
  readonly #written = new Map<number, string>();
  readonly #genuine = new Map<string, number>();
  readonly #saved = new Map<string, SavedState>();
  readonly #timers = new Map<string, number>();
  readonly #epochs = new Map<number, string>([[1, 'n1.1']]);
  #epoch = 1;
  readonly #isPrompt = true;

  constructor(servers: readonly NodeId[]) {
    this.#names = servers;
    this.#holders = [{ id: `${servers[0] ?? 'n1'}.1`, sinceMs: 0 }];
  }

  observe(seen: Seen, moment: Moment): Violation | undefined {
    const id = `${moment.node ?? ''}.${moment.boot}`;
    switch (seen.kind) {
      case 'machine-on':
        this.#machines.set(id, new MachineRecord());
        return undefined;
      case 'drawn':
        this.#allow(id, `entropy ${seen.word}`);
        return undefined;
      case 'delivered':
        this.#allow(`${seen.to}.${seen.boot}`, `packet ${seen.packet}`);
        return undefined;
      case 'disk-done':
        this.#allow(`${seen.from}.${seen.boot}`, `disk ${toHex(encode(seen.completion))}`);
        return this.#diskDone(
          `${seen.from}.${seen.boot}`,
          seen.request.id,
          toHex(encode(seen.request)),
          seen.request.operation,
        );
      case 'won':
        return this.#won(`${seen.by}.${seen.boot}`, seen.epoch, moment);
      case 'announced':
        return this.#announced(`${seen.by}.${seen.boot}`, seen.epoch);
      case 'sent':
        return this.#sent(seen, moment);
      default:
        return this.#machineSeen(id, seen, moment);
    }
  }

  #machineSeen(id: string, seen: Seen, moment: Moment): Violation | undefined {
    const machine = this.#machine(id);
    switch (seen.kind) {
      case 'input':
        return this.#input(id, machine, machine.add(seen), moment);
      case 'output-made':
        machine.madeAtMs.set(seen.number, moment.atMs);
        return this.#made(id, machine, seen.number, seen.packet);
      case 'request-made':
        machine.requests.set(seen.request.id, toHex(encode(seen.request)));
        return this.#requested(id, seen.request.id);
      case 'timer-armed':
        if (!this.#timers.has(`${seen.count}`))
          this.#timers.set(`${seen.count}`, moment.atMs + seen.delayUs / 1000);
        return undefined;
      case 'ran':
        machine.count = seen.count;
        return this.#lag(id, machine);
      case 'checkpoint':
        return this.#checkpoint(id, machine, seen.count, seen.hash);
      case 'saved':
        this.#saved.set(seen.hash, {
          ...seen,
          of: machine,
          inputs: machine.inputs.length,
          requests: machine.requests.size,
        });
        return undefined;
      case 'restored': {
        const saved = this.#saved.get(seen.hash);
        if (saved === undefined)
          return this.#broken('genuine state', id, 'restored a state in which no machine has been');
        machine.inherit(saved.of, saved);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  // Inputs.

  /** An input is either what the machine that went before has had, at the same place, or it is new and genuine. */
  #input(id: string, machine: MachineRecord, made: Recorded, moment: Moment): Violation | undefined {
    const index = machine.inputs.length - 1;
    const model = this.#modelOf(id);
    if (model !== undefined && model.inputs[index]?.key === made.key) return undefined;
    if (!this.#hasHeld(id)) {
      const there = model?.inputs[index];
      const other =
        there === undefined ? 'has had no further input' : `had ${there.input.kind} at ${there.count}`;
      return this.#broken(
        'deterministic replay',
        id,
        `was given ${made.input.kind} at ${made.count} as input ${index + 1}, where the one it follows ${other}`,
      );
    }
    return this.#isGenuine(id, machine, made.input, moment);
  }

  /** The machine that this one follows, or took over from. */
  #modelOf(id: string): MachineRecord | undefined {
    const at = this.#holders.findIndex((holder) => holder.id === id);
    const before = at < 0 ? this.#holders.at(-1) : this.#holders[at - 1];
    return before === undefined || before.id === id ? undefined : this.#machines.get(before.id);
  }

  #isGenuine(id: string, machine: MachineRecord, input: Input, { atMs }: Moment): Violation | undefined {
    switch (input.kind) {
      case 'clock': {
        const before = machine.inputs.findLast(
          (other, i) => other.input.kind === 'clock' && i < machine.inputs.length - 1,
        );
        const last = before?.input.kind === 'clock' ? before.input.microseconds : 0;
        if (input.microseconds < last) {
          return this.#broken(
            'genuine inputs',
            id,
            `let its guest's clock run back, from ${last} to ${input.microseconds}`,
          );
        }
        const offMs = Math.abs((input.microseconds - START_US) / 1000 - atMs);
        if (offMs <= CLOCK_SKEW_MS + CLOCK_SLACK_MS) return undefined;
        return this.#broken(
          'genuine inputs',
          id,
          `told its guest a time that is ${Math.round(offMs)} ms off`,
        );
      }
      case 'timer': {
        const armedAt = machine.inputs.at(-1)?.count ?? 0;
        const due = [...this.#timers].findLast(([count]) => Number(count) <= armedAt)?.[1] ?? 0;
        // A clock may be a little fast; nobody's timer is due long before its time.
        if (atMs >= due - CLOCK_SKEW_MS) return undefined;
        return this.#broken(
          'genuine inputs',
          id,
          `let the guest's timer fire ${Math.round(due - atMs)} ms early`,
        );
      }
      case 'entropy':
        return this.#spend(id, `entropy ${input.word}`, 'a random word that its hardware has not drawn');
      case 'packet':
        return this.#spend(id, `packet ${toHex(input.packet)}`, 'a packet that was not delivered to it');
      case 'disk':
        return this.#spend(
          id,
          `disk ${toHex(encode(input))}`,
          'a disk completion that the storage has not given it',
        );
    }
  }

  #allow(id: string, what: string): void {
    const key = `${id} ${what}`;
    this.#genuine.set(key, (this.#genuine.get(key) ?? 0) + 1);
  }

  #spend(id: string, what: string, name: string): Violation | undefined {
    const key = `${id} ${what}`;
    const left = this.#genuine.get(key) ?? 0;
    if (left === 0) return this.#broken('genuine inputs', id, `gave its guest ${name}`);
    this.#genuine.set(key, left - 1);
    return undefined;
  }

  #checkpoint(id: string, machine: MachineRecord, count: number, hash: string): Violation | undefined {
    machine.hashes.set(count, hash);
    const other = this.#hasHeld(id) ? undefined : this.#modelOf(id)?.hashes.get(count);
    if (other === undefined || other === hash) return undefined;
    return this.#broken(
      'deterministic replay',
      id,
      `is in another state at ${count} than the machine that it follows`,
    );
  }

  #lag(id: string, machine: MachineRecord): Violation | undefined {
    if (this.#epoch > 1 || id !== this.#holders[0]?.id) return undefined;
    const backup = this.#machines.get(`${this.#names[1] ?? ''}.1`);
    const lag = machine.count - (backup?.count ?? 0);
    if (lag <= MAX_LAG_INSTRUCTIONS) return undefined;
    return {
      ...this.#broken(
        'bounded lag',
        id,
        `is ${lag} instructions ahead of its backup; ${MAX_LAG_INSTRUCTIONS} are allowed`,
      ),
      kind: 'budget',
    };
  }

  // Who is live.

  #won(id: string, epoch: number, { atMs }: Moment): undefined {
    this.#epoch = epoch;
    this.#epochs.set(epoch, id);
    if (this.#holders.at(-1)?.id !== id) this.#holders.push({ id, sinceMs: atMs });
  }

  #announced(id: string, epoch: number): Violation | undefined {
    if (this.#epochs.get(epoch) === id) return undefined;
    return this.#broken(
      'one primary',
      id,
      `took the service's address for epoch ${epoch}, which it has not won`,
    );
  }

  #hasHeld(id: string): boolean {
    return this.#holders.some((holder) => holder.id === id);
  }

  // What the world sees.

  #sent({ from, boot, number, packet }: PacketSent, moment: Moment): Violation | undefined {
    const id = `${from}.${boot}`;
    if (!this.#hasHeld(id))
      return this.#broken('one primary', id, `sent packet ${number}, and has never been live`);
    const machine = this.#machine(id);
    if (machine.outputs.get(number) !== packet) {
      return this.#broken(
        'genuine outputs',
        id,
        `sent as packet ${number} what its guest has not sent: ${shortHex(packet)}`,
      );
    }
    const spoken = this.#spoken.get(number) ?? { packet, senders: new Map<string, number>() };
    this.#spoken.set(number, spoken);
    if (spoken.senders.has(id))
      return this.#broken('no packet twice', id, `sent packet ${number} a second time`);
    const [first] = spoken.senders.values();
    spoken.senders.set(id, moment.atMs);
    const since = this.#holders.find((holder) => holder.id === id)?.sinceMs ?? 0;
    if (first !== undefined && this.#isPrompt && since - first > IN_DOUBT_MS) {
      return this.#broken(
        'no packet twice',
        id,
        `sent packet ${number} again, which was out ${Math.round(since - first)} ms before it went live`,
      );
    }
    return spoken.packet === packet
      ? this.#outlived(number, packet)
      : this.#deadBranch(number, spoken.packet);
  }

  #made(id: string, machine: MachineRecord, number: number, packet: string): Violation | undefined {
    machine.outputs.set(number, packet);
    const spoken = this.#spoken.get(number);
    if (spoken === undefined || spoken.packet === packet || id !== this.#holders.at(-1)?.id) return undefined;
    return this.#deadBranch(number, spoken.packet);
  }

  /** A packet of somebody who is not live any more has to be one of the survivor's, too. */
  #outlived(number: number, packet: string): Violation | undefined {
    const own = this.#live()?.outputs.get(number);
    return own === undefined || own === packet ? undefined : this.#deadBranch(number, packet);
  }

  #deadBranch(number: number, packet: string): Violation {
    return {
      kind: 'safety',
      property: this.property,
      message:
        `the world has seen packet ${number} (${shortHex(packet)}), which the machine that is live now never sends: ` +
        'it left before the backup had what led to it (the Output Rule, §2.2)',
    };
  }

  #diskDone(id: string, request: number, content: string, operation: string): Violation | undefined {
    if (this.#machine(id).requests.get(request) !== content) {
      return this.#broken(
        'genuine outputs',
        id,
        `had the storage execute a request ${request} that its guest has not made`,
      );
    }
    if (operation === 'write') this.#written.set(request, content);
    const live = this.#live()?.requests.get(request);
    return operation !== 'write' || live === undefined || live === content
      ? undefined
      : this.#deadWrite(request);
  }

  #requested(id: string, request: number): Violation | undefined {
    const written = this.#written.get(request);
    if (written === undefined || id !== this.#holders.at(-1)?.id) return undefined;
    return this.#machine(id).requests.get(request) === written ? undefined : this.#deadWrite(request);
  }

  #deadWrite(request: number): Violation {
    return {
      kind: 'safety',
      property: this.property,
      message: `the disk holds write ${request} of a machine that is gone, and the live one never makes it (§4.1)`,
    };
  }

  finish({ atMs }: Moment): Violation | undefined {
    const live = this.#live();
    if (live === undefined) return undefined;
    for (const [number, { packet }] of this.#spoken) {
      if (live.outputs.get(number) !== packet) return this.#deadBranch(number, packet);
    }
    for (const [request, content] of this.#written) {
      if (live.requests.get(request) !== content) return this.#deadWrite(request);
    }
    for (const [number, packet] of live.outputs) {
      const age = atMs - (live.madeAtMs.get(number) ?? 0);
      if (this.#spoken.has(number) || age < IN_DOUBT_MS) continue;
      return {
        kind: 'safety',
        property: 'no packet lost',
        message: `the world has never seen packet ${number} (${shortHex(packet)}), which the guest has sent`,
      };
    }
    return undefined;
  }

  #live(): MachineRecord | undefined {
    const holder = this.#holders.at(-1);
    return holder === undefined ? undefined : this.#machines.get(holder.id);
  }

  #machine(id: string): MachineRecord {
    let machine = this.#machines.get(id);
    if (machine === undefined) this.#machines.set(id, (machine = new MachineRecord()));
    return machine;
  }

  #broken(property: string, id: string, what: string): Violation {
    const node = id.slice(0, id.indexOf('.'));
    return { kind: 'safety', property, message: `${node} ${what}`, node };
  }
}

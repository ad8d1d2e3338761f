import type { NodeId } from '@lockstep/api';
import type { Judge, Moment, Violation } from '@lockstep/test-harness/suite';
import { shortHex } from '../src/hex.ts';
import { IN_DOUBT_MS, SETTLED_MS } from '../src/numbers.ts';
import type { DiskDone, PacketSent, Seen, StateSeen } from '../src/seen.ts';
import { GenuineInputs } from './genuine-inputs.ts';
import { replayLineage } from './lineage.ts';
import { MachineRecord, requestKey } from './record.ts';
import type { Recorded, SavedState } from './record.ts';
import { SharedDisk } from './shared-disk.ts';

/** A packet that the world has seen. */
interface Spoken {
  readonly packet: string;
  /** By machine and life, when it was sent, in ms; the latest last. */
  readonly sentAtMs: Map<string, number>;
}

/**
 * Single-machine equivalence, by witness. Whatever the servers are, the world must not be able to tell them from one
 * machine: the *lineage*, which is the machine of whoever has won the newest epoch. Its inputs are the part of the log
 * that the survivor has consumed, then its own; its packets (O*) are the only ones that the world may see, and the
 * world must see them all. What can be told at once is told at once; in the end the lineage is replayed.
 */
export class Witness implements Judge<Seen> {
  readonly property = 'single-machine equivalence';
  readonly #first: string;
  readonly #second: string;
  readonly #machines = new Map<string, MachineRecord>();
  readonly #inputs = new GenuineInputs();
  readonly #disk = new SharedDisk();
  readonly #spoken = new Map<number, Spoken>();
  readonly #written = new Map<number, string>();
  readonly #saved = new Map<string, SavedState>();
  /** Who has won each epoch. */
  readonly #winners: Map<number, string>;
  #live: MachineRecord | undefined;
  #isLost = false;

  constructor(servers: readonly NodeId[]) {
    this.#first = `${servers[0] ?? ''}.1`;
    this.#second = `${servers[1] ?? ''}.1`;
    this.#winners = new Map([[1, this.#first]]);
  }

  observe(seen: Seen, moment: Moment): Violation | undefined {
    const id = `${moment.node ?? ''}.${moment.boot}`;
    if (seen.kind === 'machine-on') {
      const machine = new MachineRecord(id, seen);
      machine.model = this.#machines.get(this.#first);
      this.#machines.set(id, machine);
      if (id === this.#first) this.#goesLive(machine, moment);
      return undefined;
    }
    const machine = this.#machines.get(id);
    return machine === undefined ? this.#deviceSeen(seen, moment) : this.#machineSeen(machine, seen, moment);
  }

  #deviceSeen(seen: Seen, moment: Moment): Violation | undefined {
    if (seen.kind === 'gave-up') this.#isLost = true;
    const id = 'server' in seen ? `${seen.server}.${seen.boot}` : '';
    const machine = this.#machines.get(id);
    if (machine === undefined) return undefined;
    switch (seen.kind) {
      case 'delivered':
        this.#inputs.delivered(id, seen.packet);
        return undefined;
      case 'disk-done':
        return this.#diskDone(machine, seen);
      case 'won':
        this.#winners.set(seen.epoch, id);
        if (machine !== this.#live) this.#goesLive(machine, moment);
        return undefined;
      case 'announced':
        if (this.#winners.get(seen.epoch) === id) return undefined;
        return broken(
          'one primary',
          machine,
          `took the service's address for epoch ${seen.epoch}, which it has not won`,
        );
      case 'sent':
        return this.#sent(machine, seen, moment);
      default:
        return undefined;
    }
  }

  #machineSeen(machine: MachineRecord, seen: Seen, moment: Moment): Violation | undefined {
    switch (seen.kind) {
      case 'drawn':
        this.#inputs.drawn(machine.id, seen.word);
        return undefined;
      case 'input':
        return this.#input(machine, machine.add(seen), moment);
      case 'output-made':
        machine.madeAtMs.set(seen.number, moment.atMs);
        return this.#made(machine, seen.number, seen.packet);
      case 'request-made':
        machine.requests.set(seen.request.id, { request: seen.request, key: requestKey(seen.request) });
        return this.#requested(machine, seen.request.id);
      case 'timer-armed':
        machine.armed(seen.count, moment.atMs + seen.delayUs / 1000);
        return undefined;
      case 'ran':
        machine.count = seen.count;
        return this.#lag(machine);
      case 'checkpoint':
        return checkpoint(machine, seen.count, seen.hash);
      case 'saved':
        this.#saved.set(seen.hash, machine.save(seen));
        return undefined;
      case 'restored':
        return this.#restored(machine, seen);
      default:
        return undefined;
    }
  }

  // Machines.

  #goesLive(machine: MachineRecord, { atMs }: Moment): void {
    if (this.#live !== undefined) this.#live.part = 'dead';
    machine.part = 'live';
    machine.lives++;
    machine.liveSinceMs = atMs;
    this.#live = machine;
  }

  #restored(machine: MachineRecord, { hash }: StateSeen): Violation | undefined {
    const saved = this.#saved.get(hash);
    if (saved === undefined) {
      return broken('genuine state', machine, 'restored a state in which no machine of the service has been');
    }
    if (machine.part === 'live') {
      return broken('genuine state', machine, 'is live, and set its machine to another state');
    }
    machine.inherit(saved);
    return undefined;
  }

  /** An input is either what the machine that it follows has had, at the same place, or it is new and genuine. */
  #input(machine: MachineRecord, made: Recorded, { atMs }: Moment): Violation | undefined {
    const index = machine.inputs.length - 1;
    if (machine.isFollowing && this.#isOfTheLog(machine, made, index)) return undefined;
    if (machine.part === 'follower') {
      const there = machine.model?.inputs[index];
      const other =
        there === undefined ? 'has had no further input' : `had ${there.input.kind} at ${there.count}`;
      const what = `${made.input.kind} at ${made.count} as input ${index + 1}`;
      return broken('deterministic replay', machine, `was given ${what}, where the one it follows ${other}`);
    }
    machine.isFollowing = false;
    const fault = this.#inputs.faultOf(machine, made.input, atMs);
    return fault === undefined ? undefined : broken('genuine inputs', machine, fault);
  }

  /** Whether a machine that has been live has had the same input; that may be another one than so far. */
  #isOfTheLog(machine: MachineRecord, made: Recorded, index: number): boolean {
    if (machine.model?.inputs[index]?.key === made.key) return true;
    const other = [...this.#machines.values()].find(
      (candidate) =>
        candidate !== machine &&
        candidate.lives > 0 &&
        machine.inputs.every(({ key }, i) => candidate.inputs[i]?.key === key),
    );
    if (other === undefined) return false;
    machine.model = other;
    return true;
  }

  #lag(machine: MachineRecord): Violation | undefined {
    const { maxLag, count } = machine;
    if (machine.id !== this.#first || this.#winners.size > 1) return undefined;
    const backup = this.#machines.get(this.#second);
    if (backup === undefined || count - backup.count <= maxLag) return undefined;
    const what = `is ${count - backup.count} instructions ahead of its backup; ${maxLag} are allowed`;
    return { ...broken('bounded lag', machine, what), kind: 'budget' };
  }

  // What the world sees.

  #sent(machine: MachineRecord, { number, packet }: PacketSent, { atMs }: Moment): Violation | undefined {
    if (machine.part === 'follower') {
      const ever = machine.lives === 0 ? 'has never been live' : 'is live no more';
      return broken('one primary', machine, `sent packet ${number}, and ${ever}`);
    }
    if (machine.outputs.get(number) !== packet) {
      const what = `sent as packet ${number} what its guest has not sent: ${shortHex(packet)}`;
      return broken('genuine outputs', machine, what);
    }
    const spoken = this.#spoken.get(number) ?? { packet, sentAtMs: new Map<string, number>() };
    this.#spoken.set(number, spoken);
    const life = `${machine.id}#${machine.lives}`;
    if (spoken.sentAtMs.has(life)) {
      return broken('no packet twice', machine, `sent packet ${number} a second time`);
    }
    const before = [...spoken.sentAtMs.values()].at(-1);
    spoken.sentAtMs.set(life, atMs);
    const ageMs = machine.liveSinceMs - (before ?? machine.liveSinceMs);
    if (ageMs > IN_DOUBT_MS) {
      const what = `sent packet ${number} again, which was out ${Math.round(ageMs)} ms before it went live`;
      return broken('no packet twice', machine, what);
    }
    if (spoken.packet !== packet) return deadBranch(number, spoken.packet);
    const own = this.#live?.outputs.get(number);
    return own === undefined || own === packet ? undefined : deadBranch(number, packet);
  }

  #made(machine: MachineRecord, number: number, packet: string): Violation | undefined {
    machine.outputs.set(number, packet);
    const spoken = this.#spoken.get(number);
    if (spoken === undefined || spoken.packet === packet || machine !== this.#live) return undefined;
    return deadBranch(number, spoken.packet);
  }

  #diskDone(machine: MachineRecord, { request, completion }: DiskDone): Violation | undefined {
    this.#inputs.completed(machine.id, completion);
    const key = requestKey(request);
    if (machine.requests.get(request.id)?.key !== key) {
      const what = `had the storage execute a request ${request.id} that its guest has not made`;
      return broken('genuine outputs', machine, what);
    }
    if (request.operation === 'read' || !completion.ok) return undefined;
    this.#disk.executed(request);
    this.#written.set(request.id, key);
    const live = this.#live?.requests.get(request.id);
    return live === undefined || live.key === key ? undefined : deadWrite(request.id);
  }

  #requested(machine: MachineRecord, request: number): Violation | undefined {
    const written = this.#written.get(request);
    if (written === undefined || machine !== this.#live) return undefined;
    return machine.requests.get(request)?.key === written ? undefined : deadWrite(request);
  }

  // In the end.

  finish({ atMs }: Moment): Violation | undefined {
    const live = this.#live;
    if (live === undefined) return undefined;
    const { outputs, requests, difference } = replayLineage(live);
    if (difference !== undefined)
      return {
        kind: 'safety',
        property: this.property,
        message: `${live.node}: ${difference}`,
        node: live.node,
      };
    for (const [number, { packet }] of this.#spoken) {
      if (outputs.get(number) !== packet) return deadBranch(number, packet);
    }
    for (const [request, key] of this.#written) {
      if (requests.get(request)?.key !== key) return deadWrite(request);
    }
    for (const [number, packet] of outputs) {
      const ageMs = atMs - (live.madeAtMs.get(number) ?? 0);
      if (this.#isLost || this.#spoken.has(number) || ageMs < SETTLED_MS) continue;
      const message = `the world has never seen packet ${number} (${shortHex(packet)}), which the guest has sent`;
      return { kind: 'safety', property: 'no packet lost', message };
    }
    const sector = this.#disk.firstDifference(requests, live.inputs);
    if (sector === undefined) return undefined;
    const message = `sector ${sector} of the disk does not hold what one machine would have left there`;
    return { kind: 'safety', property: 'one disk', message };
  }
}

/** A machine that follows another is in the same states. */
function checkpoint(machine: MachineRecord, count: number, hash: string): Violation | undefined {
  machine.hashes.set(count, hash);
  const other = machine.part === 'follower' ? machine.model?.hashes.get(count) : undefined;
  if (other === undefined || other === hash) return undefined;
  const what = `is in another state at ${count} than the machine that it follows`;
  return broken('deterministic replay', machine, what);
}

function deadBranch(number: number, packet: string): Violation {
  return {
    kind: 'safety',
    property: 'single-machine equivalence',
    message:
      `the world has seen packet ${number} (${shortHex(packet)}), which the machine that is live now never sends: ` +
      'it left before the backup had what led to it (the Output Rule, §2.2)',
  };
}

function deadWrite(request: number): Violation {
  return {
    kind: 'safety',
    property: 'single-machine equivalence',
    message: `the disk holds write ${request} of a machine that is gone, and the live one never makes it (§4.1)`,
  };
}

function broken(property: string, { node }: MachineRecord, what: string): Violation {
  return { kind: 'safety', property, message: `${node} ${what}`, node };
}

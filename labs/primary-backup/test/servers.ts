import { createMachine, guestImage } from '@lockstep/guest-machine';
import type { GuestName } from '@lockstep/guest-machine';
import type { Input } from '@lockstep/api';
import type { Violation } from '@lockstep/test-harness/suite';
import { Witness } from '../judges/witness.ts';
import { toHex } from '../src/hex.ts';
import { START_US } from '../src/numbers.ts';
import type { Seen } from '../src/seen.ts';

/** Two or more servers whose machines are driven by hand, under the eye of one witness. */
export class Servers {
  readonly witness: Witness;
  atMs = 0;
  /** The first thing that the witness has found wrong. */
  violation: Violation | undefined;
  #sequence = 0;

  constructor(...names: readonly string[]) {
    this.witness = new Witness(names);
  }

  /** Boots a server with a new machine. */
  boot(name: string, guest: GuestName = 'echo', boot = 1): Server {
    return new Server(this, name, boot, guest);
  }

  see(seen: Seen, node?: string, boot = 1): void {
    this.#sequence++;
    const moment = { node, boot, atMs: this.atMs, sequence: this.#sequence };
    this.violation ??= this.witness.observe(seen, moment);
  }

  won(server: string, epoch: number, boot = 1): void {
    this.see({ kind: 'won', text: '', server, boot, epoch });
  }

  /** What the witness says in the end, when everything has had time to leave. */
  verdict(): Violation | undefined {
    this.atMs += 10_000;
    return (
      this.violation ??
      this.witness.finish({ node: undefined, boot: 0, atMs: this.atMs, sequence: ++this.#sequence })
    );
  }
}

/** One server of them. */
export class Server {
  readonly #servers: Servers;
  readonly #name: string;
  readonly #boot: number;
  readonly #machine;
  #outputs: string[] = [];

  constructor(servers: Servers, name: string, boot: number, guest: GuestName) {
    this.#servers = servers;
    this.#name = name;
    this.#boot = boot;
    this.#machine = createMachine({ image: guestImage(guest) });
    this.see({ kind: 'machine-on', guest, maxLag: 1_000_000 });
    this.run();
  }

  get count(): number {
    return this.#machine.instructionCount;
  }

  see(seen: Seen): void {
    this.#servers.see(seen, this.#name, this.#boot);
  }

  /** The switch hands it a packet. */
  delivered(packet: Uint8Array): void {
    this.#servers.see({ kind: 'delivered', server: this.#name, boot: this.#boot, packet: toHex(packet) });
  }

  /** The guest gets an input, and goes on until it waits again. */
  inject(input: Input): void {
    this.see({ kind: 'input', count: this.count, input });
    this.#machine.inject(input);
    this.run();
  }

  /** The guest gets a packet that the switch has delivered. */
  packet(...bytes: readonly number[]): void {
    const packet = Uint8Array.from(bytes);
    this.delivered(packet);
    this.inject({ kind: 'packet', packet });
  }

  run(): void {
    for (;;) {
      const exit = this.#machine.run(this.count + 1_000_000);
      this.see({ kind: 'ran', count: this.count });
      if (exit.kind !== 'output') return;
      this.#outputs.push(toHex(exit.packet));
      const number = this.#outputs.length;
      this.see({ kind: 'output-made', count: this.count, number, packet: toHex(exit.packet) });
    }
  }

  /** A packet of its guest leaves. */
  send(number: number, packet = this.#outputs[number - 1] ?? ''): void {
    this.#servers.see({ kind: 'sent', text: '', server: this.#name, boot: this.#boot, number, packet });
  }

  /** Its state is saved; the hash of it. */
  save(): string {
    const hash = this.#machine.stateHash();
    this.see({ kind: 'saved', count: this.count, outputs: this.#outputs.length, hash });
    return hash;
  }

  /** Takes over the state of another. */
  restore(from: Server): void {
    this.#machine.restore(from.#machine.snapshot());
    this.#outputs = [...from.#outputs];
    this.see({
      kind: 'restored',
      count: this.count,
      outputs: this.#outputs.length,
      hash: this.#machine.stateHash(),
    });
  }
}

/** A wall clock that is so far from the true time, which is `atMs` after the beginning. */
export function clockAt(atMs: number, offMs: number): Input {
  return { kind: 'clock', microseconds: START_US + (atMs + offMs) * 1000 };
}

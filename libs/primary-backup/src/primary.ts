import type {
  DiskRequest,
  Host,
  Input,
  NodeId,
  Output,
  ReplicaDevices,
  ReplicaOptions,
  VirtualMachine,
} from '@lockstep/api';
import { claim } from './claim.ts';
import { LogSender } from './log-sender.ts';
import type { ReplicaRpc } from './messages.ts';
import { RETRY_MS } from './numbers.ts';
import { Signal } from './signal.ts';

/** An effect on the world that waits for the backup's acknowledgement: the Output Rule (§2.2). */
interface Held {
  readonly index: number;
  readonly act: () => void;
}

/** What a primary is made of. */
export interface PrimaryParts {
  readonly host: Host;
  readonly machine: VirtualMachine;
  readonly devices: ReplicaDevices;
  readonly options: ReplicaOptions;
}

/** What a backup that goes live hands over to itself. */
export interface Inheritance {
  /** The last wall clock that the guest has read. */
  readonly clock: number;
  /** Packets that the former primary may not have sent. */
  readonly inDoubt: readonly Output[];
}

/** The live side: runs the guest, records all that happens to it, and holds its effects back. */
export class Primary {
  readonly #parts: PrimaryParts;
  readonly #onLost: () => void;
  #epoch: number;
  #sender: LogSender | undefined;
  #isLive = true;
  readonly #inputs: Input[] = [];
  #held: Held[] = [];
  #released = 0;
  #clock = 0;
  #timers = 0;
  readonly #wake = new Signal();

  /** @param onLost another server is the primary now. */
  constructor(parts: PrimaryParts, epoch: number, onLost: () => void) {
    this.#parts = parts;
    this.#epoch = epoch;
    this.#onLost = onLost;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Begins with a new machine, and a backup that has the same one. */
  startWith(backup: NodeId): void {
    const { host, machine } = this.#parts;
    this.#sender = new LogSender(host, host.peer<ReplicaRpc>(backup), this.#epoch, {
      progress: () => this.#progress(),
      suspect: () => void this.#goOnAlone(),
      position: () => ({ reached: machine.count, released: this.#released }),
    });
    void this.#receive();
    void this.#run();
  }

  /** Goes live with a machine that has followed another (§2.3, §3.4). */
  takeOver({ clock, inDoubt }: Inheritance): void {
    const { machine, devices } = this.#parts;
    this.#clock = clock;
    void devices.network.announce(this.#epoch).catch(() => undefined);
    for (const output of inDoubt) this.#sendOut(output);
    for (const request of machine.pendingDisk) void this.#execute(request);
    this.#armTimer();
    void this.#receive();
    void this.#run();
  }

  /** The backup may have failed, or may think that we have: only the shared storage can tell (§2.3). */
  async #goOnAlone(): Promise<void> {
    const { host, devices } = this.#parts;
    const won = await claim(host, devices.storage, this.#epoch + 1);
    if (!won) return this.#lose();
    this.#epoch++;
    this.#sender = undefined;
    this.#progress();
  }

  #lose(): void {
    if (!this.#isLive) return;
    this.#isLive = false;
    this.#held = [];
    this.#parts.machine.stop();
    this.#onLost();
  }

  async #receive(): Promise<void> {
    while (this.#isLive)
      this.#arrived({ kind: 'packet', packet: await this.#parts.devices.network.receive() });
  }

  /** Something has come for the guest: it gets it as soon as it can be interrupted. */
  #arrived(input: Input): void {
    this.#inputs.push(input);
    this.#parts.machine.stop();
    this.#wake.raise();
  }

  async #run(): Promise<void> {
    const { machine } = this.#parts;
    while (this.#isLive) {
      const until = this.#limit();
      if (until <= machine.count) {
        this.#sender?.flush();
        await this.#wake.wait();
        continue;
      }
      const exit = await machine.run(until);
      if (!this.#isLive) return;
      if (exit.kind === 'halt') return;
      if (exit.kind === 'clock') this.#give({ kind: 'clock', microseconds: this.#readClock() });
      else if (exit.kind === 'entropy') this.#give({ kind: 'entropy', word: this.#parts.devices.entropy() });
      else if (exit.kind === 'output') this.#hold(() => this.#sendOut(exit.output));
      else if (exit.kind === 'disk') this.#request(exit.request);
      else if (exit.kind === 'timer') this.#armTimer();
      if (exit.kind === 'idle' && this.#inputs.length === 0) await this.#wake.wait();
      while (this.#inputs.length > 0) this.#give(this.#inputs.shift() as Input);
    }
  }

  /** How far the machine may run: no further ahead of the backup's than is allowed (§2.2). */
  #limit(): number {
    const sender = this.#sender;
    if (sender === undefined) return Number.MAX_SAFE_INTEGER;
    if (sender.isFull) return 0;
    return sender.replayed + this.#parts.options.maxLagInstructions;
  }

  #give(input: Input): void {
    const { machine } = this.#parts;
    if (!this.#isLive) return;
    if (input.kind === 'timer' && machine.timer === undefined) return;
    this.#sender?.append({ count: machine.count, input });
    machine.inject(input);
  }

  /** The guest's clock never goes back, whichever server's it is. */
  #readClock(): number {
    this.#clock = Math.max(this.#clock, this.#parts.devices.clock());
    return this.#clock;
  }

  /** Has `act` happen once the backup knows that the machine has come to this point. */
  #hold(act: () => void): void {
    if (this.#sender === undefined) return act();
    const index = this.#sender.append({ count: this.#parts.machine.count });
    this.#held.push({ index, act });
  }

  /** Lets out what the backup knows of, all of it when there is no backup. */
  #progress(): void {
    const acknowledged = this.#sender?.acknowledged ?? Number.MAX_SAFE_INTEGER;
    while (this.#isLive) {
      const [first] = this.#held;
      if (first === undefined || first.index > acknowledged) break;
      this.#held.shift();
      first.act();
    }
    if (this.#isLive) this.#wake.raise();
  }

  #sendOut(output: Output): void {
    this.#parts.devices.network.send(output).then(
      () => {
        this.#released = Math.max(this.#released, output.number);
      },
      () => {
        if (this.#isLive) this.#parts.host.clock.after(RETRY_MS, () => this.#sendOut(output));
      },
    );
  }

  /** A write changes what others see, so it waits as a packet does (§4.1); a read does not. */
  #request(request: DiskRequest): void {
    if (request.operation === 'read') void this.#execute(request);
    else this.#hold(() => void this.#execute(request));
  }

  async #execute(request: DiskRequest): Promise<void> {
    const { host, devices } = this.#parts;
    while (this.#isLive) {
      try {
        const completion = await devices.storage.execute(request);
        if (completion === 'fenced') return this.#lose();
        return this.#arrived(completion);
      } catch {
        await host.clock.sleep(RETRY_MS);
      }
    }
  }

  #armTimer(): void {
    const { host, machine } = this.#parts;
    const mine = ++this.#timers;
    if (machine.timer === undefined) return;
    host.clock.after(machine.timer.delayUs / 1000, () => {
      if (mine === this.#timers && this.#isLive) this.#arrived({ kind: 'timer' });
    });
  }
}

import type {
  DiskRequest,
  Exit,
  Host,
  Input,
  NodeId,
  Output,
  ReplicaDevices,
  ReplicaOptions,
  VirtualMachine,
} from '@lockstep/api';
import { claim } from './claim.ts';
import type { Intake } from './intake.ts';
import { LogSender } from './log-sender.ts';
import type { ReplicaRpc } from './messages.ts';
import { MAX_GATHERED, RETRY_MS } from './numbers.ts';
import { Outbox } from './outbox.ts';
import { Recruiter } from './recruiter.ts';
import type { Copyable } from './recruiter.ts';
import { Signal } from './signal.ts';

/** What a primary is made of. */
export interface PrimaryParts {
  readonly host: Host;
  readonly machine: VirtualMachine;
  readonly devices: ReplicaDevices;
  readonly options: ReplicaOptions;
  readonly intake: Intake;
}

/** What a backup that goes live hands over to itself. */
export interface Inheritance {
  /** The last wall clock that the guest has read. */
  readonly clock: number;
  /** Packets that the former primary may not have sent. */
  readonly inDoubt: readonly Output[];
  /** When the guest armed its timer, by this server's clock, in ms. */
  readonly armedAtMs: number;
}

/** Something that has come for the guest. */
interface Arrival {
  readonly input: Input;
  /** Of a timer: the count at which it was armed. The guest may have armed it anew since. */
  readonly armedAt?: number;
}

/** The live side: runs the guest, records all that happens to it, and holds its effects back. */
export class Primary {
  readonly #parts: PrimaryParts;
  readonly #onLost: () => void;
  readonly #outbox: Outbox;
  #epoch: number;
  #sender: LogSender | undefined;
  #recruiter: Recruiter | undefined;
  #copies = 0;
  /** Waits for the machine to stand still. */
  #copyWanted: { readonly peer: NodeId; readonly take: (copy: Copyable) => void } | undefined;
  #isLive = true;
  #isHalted = false;
  readonly #arrivals: Arrival[] = [];
  #clock = 0;
  readonly #wake = new Signal();

  /** @param onLost another server is the primary now, and this one's machine is free. */
  constructor(parts: PrimaryParts, epoch: number, onLost: () => void) {
    this.#parts = parts;
    this.#epoch = epoch;
    this.#onLost = onLost;
    this.#outbox = new Outbox(parts.host, parts.devices.network);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Begins with a new machine, and a backup that has the same one. */
  startWith(backup: NodeId | undefined): void {
    if (backup === undefined) {
      this.#recruit();
    } else {
      this.#sender = this.#logTo(backup);
      this.#sender.bind();
      this.#sender.open();
    }
    this.#start();
  }

  /** Goes live with a machine that has followed another (§2.3, §3.4). */
  takeOver({ clock, inDoubt, armedAtMs }: Inheritance): void {
    const { machine } = this.#parts;
    this.#clock = clock;
    void this.#announce();
    for (const output of inDoubt) {
      this.#outbox.add(output);
      this.#outbox.send(output);
    }
    for (const request of machine.pendingDisk) void this.#execute(request);
    this.#startTimer(armedAtMs);
    this.#recruit();
    this.#start();
  }

  #start(): void {
    this.#parts.intake.handTo((packet) => this.#arrived({ input: { kind: 'packet', packet } }));
    void this.#run();
  }

  /** Clients find the service where its address is. */
  async #announce(): Promise<void> {
    const { host, devices } = this.#parts;
    while (this.#isLive) {
      try {
        return await devices.network.announce(this.#epoch);
      } catch {
        await host.clock.sleep(RETRY_MS);
      }
    }
  }

  // The backup.

  #logTo(backup: NodeId): LogSender {
    const { host, machine } = this.#parts;
    const stream = { epoch: this.#epoch, copy: this.#copies++ };
    const sender = new LogSender(host, host.peer<ReplicaRpc>(backup), stream, {
      progress: () => this.#progress(sender),
      suspect: () => void this.#goOnAlone(sender),
      position: () => ({ reached: machine.count, released: this.#outbox.released }),
    });
    return sender;
  }

  #recruit(): void {
    const { host, options } = this.#parts;
    this.#recruiter?.close();
    this.#copyWanted = undefined;
    this.#recruiter = new Recruiter(host, options.peers, {
      copyFor: (peer) =>
        new Promise((take) => {
          this.#copyWanted = { peer, take };
          this.#interrupt();
        }),
      copied: () => this.#sender?.open(),
      abandoned: () => this.#abandon(),
    });
  }

  /** Between two runs of the machine: what it is now, for the server that may become the backup. */
  #giveCopy(): void {
    const wanted = this.#copyWanted;
    if (wanted === undefined) return;
    this.#copyWanted = undefined;
    this.#sender = this.#logTo(wanted.peer);
    const { stream } = this.#sender;
    const rest = { clock: this.#clock, inDoubt: this.#outbox.inDoubt };
    wanted.take({ snapshot: this.#parts.machine.snapshot(), rest, stream });
  }

  #abandon(): void {
    this.#sender?.close();
    this.#sender = undefined;
  }

  /** The backup may have failed, or may think that we have: only the shared storage can tell (§2.3). */
  async #goOnAlone(sender: LogSender): Promise<void> {
    const { host, devices } = this.#parts;
    if (sender.isBinding) {
      const won = await claim(host, devices.storage, this.#epoch + 1);
      if (!won) return this.#lose();
      this.#epoch++;
      this.#copies = 0;
    }
    if (!this.#isLive) return;
    this.#abandon();
    this.#outbox.release(Number.MAX_SAFE_INTEGER);
    this.#wake.raise();
    this.#recruit();
  }

  #lose(): void {
    if (!this.#isLive) return;
    this.#isLive = false;
    this.#sender?.close();
    this.#recruiter?.close();
    this.#outbox.close();
    this.#parts.intake.handTo(undefined);
    this.#interrupt();
  }

  /** Lets out what the backup knows of. A server that answers with a copy of the machine becomes the backup. */
  #progress(sender: LogSender): void {
    if (!this.#isLive || sender !== this.#sender) return;
    if (!sender.isBinding) sender.bind();
    this.#outbox.release(sender.acknowledged);
    this.#wake.raise();
  }

  // The guest.

  /** Something has come for the guest: it gets it as soon as it can be interrupted. */
  #arrived(arrival: Arrival): void {
    if (!this.#isLive) return;
    this.#arrivals.push(arrival);
    this.#interrupt();
  }

  #interrupt(): void {
    this.#parts.machine.stop();
    this.#wake.raise();
  }

  async #run(): Promise<void> {
    const { machine } = this.#parts;
    while (this.#isLive) {
      this.#giveCopy();
      const until = this.#limit();
      if (until <= machine.count) {
        await this.#wake.wait();
        continue;
      }
      const exit = await machine.run(until);
      if (!this.#isLive) break;
      this.#handle(exit);
      if (exit.kind === 'idle' && this.#arrivals.length === 0 && this.#copyWanted === undefined)
        await this.#wake.wait();
      while (!this.#isHalted) {
        const next = this.#arrivals.shift();
        if (next === undefined) break;
        this.#give(next);
      }
    }
    this.#onLost();
  }

  #handle(exit: Exit): void {
    const { devices, host } = this.#parts;
    switch (exit.kind) {
      case 'clock':
        return this.#give({ input: { kind: 'clock', microseconds: this.#readClock() } });
      case 'entropy':
        return this.#give({ input: { kind: 'entropy', word: devices.entropy() } });
      case 'output':
        this.#outbox.add(exit.output);
        return this.#hold(() => this.#outbox.send(exit.output));
      case 'disk':
        return this.#request(exit.request);
      case 'timer':
        return this.#startTimer(host.clock.now());
      case 'halt':
        this.#isHalted = true;
        return;
      default:
        return;
    }
  }

  /** How far the machine may run: no further ahead of the backup's than is allowed (§2.2). */
  #limit(): number {
    const sender = this.#sender;
    if (this.#isHalted) return 0;
    if (sender === undefined) return Number.MAX_SAFE_INTEGER;
    if (!sender.isBinding) {
      if (sender.waiting > MAX_GATHERED) void this.#goOnAlone(sender);
      return Number.MAX_SAFE_INTEGER;
    }
    return sender.isFull ? 0 : sender.replayed + this.#parts.options.maxLagInstructions;
  }

  #give({ input, armedAt }: Arrival): void {
    const { machine } = this.#parts;
    if (!this.#isLive) return;
    if (input.kind === 'packet') this.#parts.intake.given();
    if (input.kind === 'timer' && machine.timer?.armedAt !== armedAt) return;
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
    const sender = this.#sender;
    const index = sender?.append({ count: this.#parts.machine.count }) ?? 0;
    if (sender?.isBinding === true) this.#outbox.hold(index, act);
    else act();
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
        return this.#arrived({ input: completion });
      } catch {
        await host.clock.sleep(RETRY_MS);
      }
    }
  }

  /** Has the guest's timer fire when it is due, which was armed at `armedAtMs`. */
  #startTimer(armedAtMs: number): void {
    const { host, machine } = this.#parts;
    const { timer } = machine;
    if (timer === undefined) return;
    const passed = host.clock.now() - armedAtMs;
    host.clock.after(Math.max(0, timer.delayUs / 1000 - passed), () => {
      if (this.#isLive) this.#arrived({ input: { kind: 'timer' }, armedAt: timer.armedAt });
    });
  }
}

import { PRIMARY_BACKUP_CONTRACT, RpcError } from '@lockstep/api';
import type {
  DiskRequest,
  Exit,
  Host,
  Input,
  NodeId,
  Output,
  Replica,
  ReplicaDevices,
  ReplicaOptions,
  ReplicaStatus,
  VirtualMachine,
} from '@lockstep/api';

export const contract = PRIMARY_BACKUP_CONTRACT;

/*
 * Closures instead of classes. The primary streams its log without waiting for answers, and the backup puts it into
 * order; a machine is copied in one message; and a copy becomes the backup by a message of its own.
 */

const BEAT_MS = 15;
const SILENCE_MS = 150;
const REPEAT_MS = 45;
const RETRY_MS = 15;
const SEARCH_MS = 80;
const COPY_MS = 2_500;
const WINDOW = 400;
/** The session of epoch 1, which both sides know. */
const FIRST = 'first';

/** `count`, and what happened there; no input for something that the guest did to the world. */
type Entry = readonly [count: number, input: Input | null];

interface Log {
  readonly session: string;
  readonly from: number;
  readonly entries: readonly Entry[];
  /** How far the machine may run behind all entries; 0 if there are more. */
  readonly reached: number;
  /** Numbers of packets that left, all up to this one. */
  readonly out: number;
}

interface Ack {
  readonly ok: boolean;
  readonly have: number;
  readonly at: number;
}

interface Adoption {
  readonly session: string;
  readonly epoch: number;
  readonly snapshot: Uint8Array;
  readonly time: number;
  readonly unsent: readonly Output[];
}

interface Wire {
  vacant(args: undefined): boolean | Promise<boolean>;
  adopt(args: Adoption): boolean | Promise<boolean>;
  log(args: Log): Ack | Promise<Ack>;
  count(args: { session: string; upTo: number }): boolean | Promise<boolean>;
}

interface Server {
  readonly host: Host;
  readonly machine: VirtualMachine;
  readonly devices: ReplicaDevices;
  readonly options: ReplicaOptions;
  /** The packets off the card, for whoever is live. */
  readonly card: Card;
}

interface Legacy {
  readonly time: number;
  readonly unsent: readonly Output[];
  readonly armedMs: number;
}

interface Following {
  readonly epoch: number;
  counts(): boolean;
  log(args: Log): Ack;
  count(session: string, upTo: number): boolean;
}

/** A bell that can be rung before anybody listens. */
function makeBell(): { ring(): void; heard(): Promise<void> } {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      isRung = true;
      wake?.();
    },
    async heard() {
      if (!isRung) await new Promise<void>((resolve) => (wake = resolve));
      isRung = false;
      wake = undefined;
    },
  };
}

interface Card {
  use(take: (packet: Uint8Array) => void): void;
  release(): void;
  freed(): void;
}

function makeCard({ network }: ReplicaDevices, room: number): Card {
  let take: ((packet: Uint8Array) => void) | undefined;
  let out = 0;
  let isPumping = false;
  const bell = makeBell();
  async function pump(): Promise<void> {
    isPumping = true;
    for (;;) {
      while (take === undefined || out >= room) await bell.heard();
      const packet = await network.receive();
      out++;
      if (take === undefined) out--;
      else take(packet);
    }
  }
  return {
    use(next) {
      take = next;
      out = 0;
      bell.ring();
      if (!isPumping) void pump();
    },
    release: () => (take = undefined),
    freed() {
      out--;
      bell.ring();
    },
  };
}

async function win({ host, devices }: Server, epoch: number): Promise<boolean> {
  for (;;) {
    try {
      return (await devices.storage.testAndSet(epoch)).won;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      await host.clock.sleep(RETRY_MS);
    }
  }
}

// The primary's side of one backup.

interface Stream {
  readonly session: string;
  readonly peer: NodeId;
  /** The backup counts: outputs wait for it, and it may go live. */
  counts: boolean;
  add(entry: Entry): number;
  begin(): void;
  end(): void;
  readonly acked: number;
  readonly last: number;
  readonly at: number;
}

function openStream(
  { host, machine }: Server,
  { session, peer, released }: { session: string; peer: NodeId; released: () => number },
  on: { ack(): void; gone(): void },
): Stream {
  const wire = host.peer<Wire>(peer);
  let log: Entry[] = [];
  let base = 0;
  let sent = 0;
  let at = 0;
  let heardMs = 0;
  let ackedMs = 0;
  let isOpen = false;
  let isOver = false;
  let isDue = false;

  function take(ack: Ack): void {
    if (isOver) return;
    if (!ack.ok) return stop();
    heardMs = host.clock.now();
    if (ack.have > base) {
      log = log.slice(ack.have - base);
      base = ack.have;
      ackedMs = heardMs;
    }
    at = Math.max(at, ack.at);
    on.ack();
  }
  function stop(): void {
    isOver = true;
    on.gone();
  }
  function transmit(from: number): void {
    const entries = log.slice(from - base, from - base + 100);
    sent = Math.max(sent, from + entries.length);
    const isAll = from + entries.length === base + log.length;
    const message = { session, from: from + 1, entries, reached: isAll ? machine.count : 0, out: released() };
    wire.log(message, { timeoutMs: 500 }).then(take, () => undefined);
  }
  async function beat(): Promise<void> {
    while (!isOver) {
      const now = host.clock.now();
      if (now - heardMs > SILENCE_MS) return stop();
      const isStuck = log.length > 0 && sent > base && now - ackedMs > REPEAT_MS;
      if (isStuck) ackedMs = now;
      transmit(isStuck ? base : Math.max(sent, base));
      await host.clock.sleep(BEAT_MS);
    }
  }
  function soon(): void {
    if (!isOpen || isOver || isDue) return;
    isDue = true;
    void Promise.resolve().then(() => {
      isDue = false;
      if (!isOver) transmit(Math.max(sent, base));
    });
  }
  return {
    session,
    peer,
    counts: false,
    add(entry) {
      if (log.length === 0) ackedMs = host.clock.now();
      log.push(entry);
      soon();
      return base + log.length;
    },
    begin() {
      isOpen = true;
      heardMs = ackedMs = host.clock.now();
      void beat();
    },
    end: () => (isOver = true),
    get acked() {
      return base;
    },
    get last() {
      return base + log.length;
    },
    get at() {
      return at;
    },
  };
}

// The live side.

function lead(server: Server, firstEpoch: number, legacy: Legacy | undefined, onDeposed: () => void): () => number {
  const { host, machine, devices, options, card } = server;
  let epoch = firstEpoch;
  let sessions = 0;
  let stream: Stream | undefined;
  let isLive = true;
  let hasHalted = false;
  let time = legacy?.time ?? 0;
  /** Somebody waits for the machine to stand still. */
  let takeCopy: (() => void) | undefined;
  let queue: { input: Input; armedAt?: number }[] = [];
  let waiting: { index: number; go: () => void }[] = [];
  const unsent = new Map<number, Output>();
  let newest = 0;
  const bell = makeBell();

  const released = (): number => (unsent.size === 0 ? newest : Math.min(...unsent.keys()) - 1);
  const poke = (): void => {
    machine.stop();
    bell.ring();
  };

  function depose(): void {
    if (!isLive) return;
    isLive = false;
    stream?.end();
    card.release();
    waiting = [];
    queue = [];
    poke();
  }
  function arrive(input: Input, armedAt?: number): void {
    if (!isLive) return;
    queue.push(armedAt === undefined ? { input } : { input, armedAt });
    poke();
  }

  // Outputs.

  async function push(output: Output): Promise<void> {
    while (isLive) {
      try {
        await devices.network.send(output);
        unsent.delete(output.number);
        return;
      } catch {
        await host.clock.sleep(RETRY_MS);
      }
    }
  }
  async function disk(request: DiskRequest): Promise<void> {
    while (isLive) {
      try {
        const done = await devices.storage.execute(request);
        if (done === 'fenced') depose();
        else arrive(done);
        return;
      } catch {
        await host.clock.sleep(RETRY_MS);
      }
    }
  }
  function whenSafe(go: () => void): void {
    const index = stream?.add([machine.count, null]) ?? 0;
    if (stream?.counts === true) waiting.push({ index, go });
    else go();
  }
  function letOut(upTo: number): void {
    while (isLive && waiting[0] !== undefined && waiting[0].index <= upTo) waiting.shift()?.go();
    bell.ring();
  }

  // The backup.

  function open(peer: NodeId): Stream {
    const made: Stream = openStream(
      server,
      { session: legacy === undefined && sessions++ === 0 ? FIRST : `${host.id}/${epoch}/${sessions++}`, peer, released },
      {
        ack: () => {
          if (made !== stream) return;
          letOut(made.acked);
        },
        gone: () => void alone(made),
      },
    );
    return made;
  }
  async function alone(lost: Stream): Promise<void> {
    if (lost !== stream || !isLive) return;
    if (lost.counts && !(await win(server, epoch + 1))) return depose();
    if (lost.counts) epoch++;
    stream = undefined;
    letOut(Infinity);
    void search();
  }
  async function search(): Promise<void> {
    // Two servers were enough so far.
  }
  // The guest.

  function give(input: Input, armedAt?: number): void {
    if (input.kind === 'packet') card.freed();
    if (input.kind === 'timer' && machine.timer?.armedAt !== armedAt) return;
    stream?.add([machine.count, input]);
    machine.inject(input);
  }
  function arm(sinceMs: number): void {
    const { timer } = machine;
    if (timer === undefined) return;
    const leftMs = timer.delayUs / 1000 - (host.clock.now() - sinceMs);
    host.clock.after(Math.max(0, leftMs), () => arrive({ kind: 'timer' }, timer.armedAt));
  }
  function handle(exit: Exit): void {
    if (exit.kind === 'clock') {
      time = Math.max(time, devices.clock());
      give({ kind: 'clock', microseconds: time });
    } else if (exit.kind === 'entropy') {
      give({ kind: 'entropy', word: devices.entropy() });
    } else if (exit.kind === 'output') {
      unsent.set(exit.output.number, exit.output);
      newest = Math.max(newest, exit.output.number);
      whenSafe(() => void push(exit.output));
    } else if (exit.kind === 'disk') {
      if (exit.request.operation === 'read') void disk(exit.request);
      else whenSafe(() => void disk(exit.request));
    } else if (exit.kind === 'timer') {
      arm(host.clock.now());
    } else if (exit.kind === 'halt') {
      hasHalted = true;
    }
  }
  function limit(): number {
    if (hasHalted) return machine.count;
    if (stream === undefined || !stream.counts) return Number.MAX_SAFE_INTEGER;
    if (stream.last - stream.acked > WINDOW) return machine.count;
    return Math.max(machine.count, stream.at + options.maxLagInstructions);
  }
  async function run(): Promise<void> {
    while (isLive) {
      if (takeCopy !== undefined) {
        takeCopy();
        // The copy is taken before anything else happens to the machine.
        await Promise.resolve();
      }
      const until = limit();
      if (until === machine.count) {
        await bell.heard();
        continue;
      }
      const exit = await machine.run(until);
      if (!isLive) break;
      handle(exit);
      if (exit.kind === 'idle' && queue.length === 0 && takeCopy === undefined) await bell.heard();
      if (hasHalted || !isLive) continue;
      const batch = queue;
      queue = [];
      for (const { input, armedAt } of batch) give(input, armedAt);
    }
    onDeposed();
  }
  async function announce(): Promise<void> {
    while (isLive) {
      try {
        return await devices.network.announce(firstEpoch);
      } catch {
        await host.clock.sleep(RETRY_MS);
      }
    }
  }

  if (legacy !== undefined) {
    void announce();
    for (const output of legacy.unsent) {
      unsent.set(output.number, output);
      newest = Math.max(newest, output.number);
      void push(output);
    }
    for (const request of machine.pendingDisk) void disk(request);
    arm(legacy.armedMs);
    void search();
  } else if (options.backup !== undefined) {
    stream = open(options.backup);
    stream.counts = true;
    stream.begin();
  } else {
    void search();
  }
  card.use((packet) => arrive({ kind: 'packet', packet }));
  void run();
  return () => epoch;
}

// The other side.

function follow(
  { host, machine, devices, options, card }: Server,
  begin: { session: string; epoch: number; counts: boolean; time: number; unsent: readonly Output[] },
  onEnd: (legacy: Legacy | undefined) => void,
): Following {
  const server = { host, machine, devices, options, card };
  const later = new Map<number, Entry>();
  const entries: Entry[] = [];
  let have = 0;
  let mayReach = 0;
  let out = 0;
  let { counts, time } = begin;
  let heardMs = host.clock.now();
  let armedMs = heardMs;
  let unsent = [...begin.unsent];
  let isListening = true;
  let outcome: 'won' | 'lost' | undefined;
  const bell = makeBell();

  async function watch(): Promise<void> {
    while (host.clock.now() - heardMs <= SILENCE_MS) await host.clock.sleep(BEAT_MS);
    isListening = false;
    outcome = counts && (await win(server, begin.epoch + 1)) ? 'won' : 'lost';
    bell.ring();
  }
  async function to(count: number): Promise<void> {
    while (machine.count < count) {
      const exit = await machine.run(count);
      if (exit.kind === 'output' && exit.output.number > out) unsent.push(exit.output);
      if (exit.kind === 'timer') armedMs = host.clock.now();
    }
  }
  async function replay([count, input]: Entry): Promise<void> {
    await to(count);
    if (input === null) return;
    if (input.kind === 'clock' || input.kind === 'entropy') await machine.run();
    if (input.kind === 'clock') time = input.microseconds;
    machine.inject(input);
  }
  async function shadow(): Promise<void> {
    while (outcome !== 'lost') {
      const next = entries.shift();
      if (next !== undefined) await replay(next);
      else if (outcome === 'won') return onEnd({ time, unsent, armedMs });
      else if (machine.count < mayReach) await to(mayReach);
      else await bell.heard();
    }
    onEnd(undefined);
  }
  void watch();
  void shadow();

  return {
    epoch: begin.epoch,
    counts: () => counts,
    log(message) {
      const ok = isListening && message.session === begin.session;
      if (ok) {
        heardMs = host.clock.now();
        for (const [i, entry] of message.entries.entries()) {
          if (message.from + i > have) later.set(message.from + i, entry);
        }
        for (let next = later.get(have + 1); next !== undefined; next = later.get(have + 1)) {
          later.delete(++have);
          entries.push(next);
        }
        const end = message.from + message.entries.length - 1;
        if (end === have) mayReach = Math.max(mayReach, message.reached);
        out = Math.max(out, message.out);
        unsent = unsent.filter(({ number }) => number > out);
        bell.ring();
      }
      return { ok, have, at: machine.count };
    },
    count(session, upTo) {
      if (!isListening || session !== begin.session || have < upTo) return counts && session === begin.session;
      counts = true;
      return true;
    },
  };
}

export default function createReplica(
  host: Host,
  machine: VirtualMachine,
  devices: ReplicaDevices,
  options: ReplicaOptions,
): Replica {
  const server: Server = { host, machine, devices, options, card: makeCard(devices, options.maxWaitingPackets) };
  let epochOfPrimary: (() => number) | undefined;
  let following: Following | undefined;
  let knownEpoch = 1;

  function startLeading(epoch: number, legacy?: Legacy): void {
    epochOfPrimary = lead(server, epoch, legacy, () => (epochOfPrimary = undefined));
  }
  function startFollowing(begin: Parameters<typeof follow>[1]): void {
    knownEpoch = begin.epoch;
    following = follow(server, begin, (legacy) => {
      following = undefined;
      if (legacy !== undefined) startLeading(begin.epoch + 1, legacy);
    });
  }
  const isVacant = (): boolean => epochOfPrimary === undefined && following === undefined;
  const adopted = new Set<string>();

  const wire: Wire = {
    vacant: isVacant,
    adopt({ session, epoch, snapshot, time, unsent }) {
      if (adopted.has(session) || epoch < knownEpoch || !isVacant()) return false;
      adopted.add(session);
      machine.restore(snapshot);
      startFollowing({ session, epoch, counts: false, time, unsent });
      return true;
    },
    log: (args) => following?.log(args) ?? { ok: false, have: 0, at: 0 },
    count: ({ session, upTo }) => following?.count(session, upTo) ?? false,
  };
  host.serve(wire);

  if (options.role === 'primary') startLeading(1);
  if (options.role === 'backup') {
    startFollowing({ session: FIRST, epoch: 1, counts: true, time: 0, unsent: [] });
  }
  return {
    status(): ReplicaStatus {
      if (epochOfPrimary !== undefined) return { role: 'primary', epoch: epochOfPrimary() };
      return { role: following?.counts() === true ? 'backup' : 'spare', epoch: knownEpoch };
    },
  };
}

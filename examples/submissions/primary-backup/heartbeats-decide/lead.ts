import type { DiskRequest, Exit, Input, NodeId, Output } from '@lockstep/api';
import { makeBell } from './bell.ts';
import { win } from './epochs.ts';
import type { Legacy, Server } from './server.ts';
import { openStream } from './stream.ts';
import type { Stream } from './stream.ts';
import { BEAT_MS, COPY_MS, REPEAT_MS, RETRY_MS, SEARCH_MS, WINDOW } from './times.ts';
import { FIRST } from './wire.ts';
import type { Adoption, Wire } from './wire.ts';

export function lead(
  server: Server,
  firstEpoch: number,
  legacy: Legacy | undefined,
  onDeposed: () => void,
): () => number {
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
      {
        session: legacy === undefined && sessions++ === 0 ? FIRST : `${host.id}/${epoch}/${sessions++}`,
        peer,
        released,
      },
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
    while (isLive && stream === undefined) {
      for (const peer of options.peers) {
        if (isLive && stream === undefined) await offer(peer);
      }
      await host.clock.sleep(SEARCH_MS);
    }
  }
  async function offer(peer: NodeId): Promise<void> {
    const wire = host.peer<Wire>(peer);
    const isVacant = await wire.vacant(undefined, { timeoutMs: REPEAT_MS }).catch(() => false);
    if (!isVacant || !isLive) return;
    await new Promise<void>((resolve) => {
      takeCopy = resolve;
      poke();
    });
    takeCopy = undefined;
    const mine = open(peer);
    stream = mine;
    const state = { snapshot: machine.snapshot(), time, unsent: [...unsent.values()] };
    const adoption: Adoption = { session: mine.session, epoch, ...state };
    const isAdopted = await wire.adopt(adoption, { timeoutMs: COPY_MS }).catch(() => false);
    if (mine !== stream || !isLive) return;
    if (!isAdopted) {
      mine.end();
      stream = undefined;
      return;
    }
    mine.begin();
    await count(mine);
  }
  /** Has the copy become the backup: from the first try on it may believe that it is. */
  async function count(mine: Stream): Promise<void> {
    mine.counts = true;
    const upTo = mine.last;
    while (isLive && mine === stream) {
      const wire = host.peer<Wire>(mine.peer);
      const { session } = mine;
      if (await wire.count({ session, upTo }, { timeoutMs: REPEAT_MS }).catch(() => false)) return;
      await host.clock.sleep(BEAT_MS);
    }
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

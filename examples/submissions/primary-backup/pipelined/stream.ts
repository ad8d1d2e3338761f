import type { NodeId } from '@lockstep/api';
import type { Server } from './server.ts';
import { BEAT_MS, REPEAT_MS, SILENCE_MS } from './times.ts';
import type { Ack, Entry, Wire } from './wire.ts';

export interface Stream {
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

export function openStream(
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

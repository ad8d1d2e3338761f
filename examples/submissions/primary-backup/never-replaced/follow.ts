import type { Output } from '@lockstep/api';
import { makeBell } from './bell.ts';
import { win } from './epochs.ts';
import type { Legacy, Server } from './server.ts';
import { BEAT_MS, SILENCE_MS } from './times.ts';
import type { Ack, Entry, Log } from './wire.ts';

export interface Following {
  readonly epoch: number;
  counts(): boolean;
  log(args: Log): Ack;
  count(session: string, upTo: number): boolean;
}

export function follow(
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
      if (!isListening || session !== begin.session || have < upTo)
        return counts && session === begin.session;
      counts = true;
      return true;
    },
  };
}

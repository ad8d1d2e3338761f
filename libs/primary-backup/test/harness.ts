import type { Client, Host } from '@lockstep/api';
import type { AppendArgs, AppendReply, ReplicaRpc } from '../src/messages.ts';

/** Lets everything that is ready to run do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** A clock that a test moves by hand, and timers on it. */
export class ManualClock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly act: () => void }[] = [];

  now = (): number => this.#nowMs;

  after = (ms: number, act: () => void): { cancel(): void } => {
    const timer = { atMs: this.#nowMs + ms, act };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  };

  sleep = (ms: number): Promise<void> => new Promise((resolve) => void this.after(ms, resolve));

  /** Lets time pass, timer by timer. */
  async pass(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    for (;;) {
      await settle();
      const next = this.#timers.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = next.atMs;
      next.act();
    }
    this.#nowMs = end;
  }
}

/** As much of a host as the parts under test need. */
export function hostWith(clock: ManualClock): Pick<Host, 'clock'> {
  return { clock };
}

/** The other end of a logging channel: keeps what it gets, and answers when it is told to. */
export class OtherEnd {
  readonly messages: AppendArgs[] = [];
  #waiting: { resolve: (reply: AppendReply) => void; reject: (error: Error) => void }[] = [];

  readonly client: Client<ReplicaRpc> = {
    append: (args) => {
      this.messages.push(args);
      return new Promise((resolve, reject) => void this.#waiting.push({ resolve, reject }));
    },
    isFree: () => Promise.resolve(false),
    copy: () => Promise.resolve(false),
  };

  /** Answers the oldest message that waits. */
  async answer(reply: Partial<AppendReply>): Promise<void> {
    this.#waiting.shift()?.resolve({ follows: true, received: 0, replayed: 0, ...reply });
    await settle();
  }

  /** Loses the oldest message that waits. */
  async lose(): Promise<void> {
    this.#waiting.shift()?.reject(new Error('unavailable'));
    await settle();
  }
}

import { writeSync } from 'node:fs';
import type { Powers } from './drop-powers.ts';
import { BEAT_MS } from './wire.ts';
import type { ChildMessage } from './wire.ts';

/** The child's one way out: lines on file descriptor 3. */
export class Outlet {
  readonly #token: string;
  readonly #powers: Powers;
  #lastMs = 0;

  constructor(token: string, powers: Powers) {
    this.#token = token;
    this.#powers = powers;
  }

  send(message: ChildMessage): void {
    this.#lastMs = this.nowMs();
    const bytes = Buffer.from(`${JSON.stringify({ token: this.#token, ...message })}\n`);
    for (let sent = 0; sent < bytes.length; ) sent += writeSome(bytes, sent);
  }

  /** Shows the parent, once in a while, that there is life. */
  beat(): void {
    if (this.nowMs() - this.#lastMs > BEAT_MS) this.send({ kind: 'beat' });
  }

  /** Wall time of this machine, in ms. */
  nowMs(): number {
    return Number(this.#powers.hrtime() / 1000n) / 1000;
  }
}

function writeSome(bytes: Uint8Array, from: number): number {
  try {
    return writeSync(3, bytes, from);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

import type { CopiedState, CopyArgs, Stream } from './messages.ts';

/** A machine that is arriving, piece by piece. */
export class IncomingCopy implements Stream {
  readonly epoch: number;
  readonly copy: number;
  readonly #pieces: Uint8Array[] = [];
  #received = 0;
  /** Known once the copy is whole. */
  rest: CopiedState | undefined;

  constructor({ epoch, copy }: Stream) {
    this.epoch = epoch;
    this.copy = copy;
  }

  /** Takes a piece; one that is here already changes nothing. Returns whether it is here, and all before it. */
  take({ at, bytes, rest }: CopyArgs): boolean {
    if (at === this.#received) {
      this.#pieces.push(bytes);
      this.#received += bytes.length;
      this.rest = rest;
    }
    return at < this.#received;
  }

  /** The machine's state. */
  get snapshot(): Uint8Array {
    const whole = new Uint8Array(this.#received);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

import type { NodeId } from '@lockstep/api';
import { frameBytes } from './frames.ts';
import type { Outcome, Request } from './exchange.ts';
import { unavailable } from './exchange.ts';
import type { Message } from './messages.ts';
import type { LinkParts } from './peer-link.ts';
import type { Wire } from './wire.ts';

/** Runs the handler that a request asks for, and answers at most once. */
export type Handle = (from: NodeId, request: Request, answer: (outcome: Outcome) => void) => void;

/** Bytes that a reply's envelope takes at most. */
const ENVELOPE_BYTES = 64;
const MAX_REASON_CHARACTERS = 2_000;

/** One caller as the called side sees it: at most one connection, and the requests of it that are being handled. */
export class InboundPeer {
  readonly id: NodeId;
  readonly #parts: LinkParts;
  readonly #handle: Handle;
  #wire: Wire | undefined;
  /** Requests being handled, those of earlier connections included. */
  #handled = 0;

  constructor(id: NodeId, parts: LinkParts, handle: Handle) {
    this.id = id;
    this.#parts = parts;
    this.#handle = handle;
  }

  /** The caller has made a connection. An earlier one is dead, though this side may not have been told. */
  enter(wire: Wire): void {
    const earlier = this.#wire;
    this.#wire = wire;
    earlier?.destroy('the caller has made another connection');
  }

  leave(wire: Wire): void {
    if (this.#wire === wire) this.#wire = undefined;
  }

  receive(wire: Wire, message: Message): void {
    switch (message.kind) {
      case 'ping':
        return wire.send({ kind: 'pong' });
      case 'request':
        return this.#begin(wire, message.id, message);
      default:
        return wire.destroy(`got a message "${message.kind}", which callers don't send`);
    }
  }

  #begin(wire: Wire, id: number, request: Request): void {
    const { limits, self } = this.#parts;
    if (this.#handled >= limits.maxHandledPerPeer) {
      const reason = `${self} is handling ${this.#handled} calls of ${this.id} already`;
      return this.#answer(wire, id, unavailable(reason));
    }
    this.#handled++;
    // An event of its own: what one handler has left to microtasks is done before the next one begins.
    setImmediate(() =>
      this.#handle(this.id, request, (outcome) => {
        this.#handled--;
        this.#answer(wire, id, outcome);
      }),
    );
  }

  #answer(wire: Wire, id: number, outcome: Outcome): void {
    const { limits, log } = this.#parts;
    // The connection has ended, and with it the caller's hope.
    if (this.#wire !== wire) return;
    if (wire.backlogBytes > limits.maxQueuedBytes)
      return log.warn(`${this.id} does not take its replies: dropped one`);
    if (!outcome.ok) {
      const reason = outcome.reason.slice(0, MAX_REASON_CHARACTERS);
      return wire.send({ kind: 'failure', id, code: outcome.code, reason });
    }
    const bytes = frameBytes(outcome.result.length) + ENVELOPE_BYTES;
    if (bytes <= limits.maxFrameBytes) return wire.send({ kind: 'reply', id, result: outcome.result });
    const reason = `the result takes ${outcome.result.length} bytes; a message may take ${limits.maxFrameBytes}`;
    wire.send({ kind: 'failure', id, code: 'handler-failed', reason });
  }
}

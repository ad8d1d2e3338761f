import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Clock, Logger, NodeId, Timer } from '@lockstep/api';
import type { HostLimits } from '../limits.ts';
import { showAddress } from './address.ts';
import type { PeerAddress } from './address.ts';
import { unavailable } from './exchange.ts';
import type { Exchange, Outcome } from './exchange.ts';
import { PROTOCOL } from './messages.ts';
import type { Message } from './messages.ts';
import { Wire } from './wire.ts';

/** What a link needs of the node that it starts from. */
export interface LinkParts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly limits: HostLimits;
  readonly log: Logger;
  /** A number in [0, 1), so that peers which failed together don't come back together. */
  readonly jitter: () => number;
}

/**
 * The connection by which this node calls one peer. It is made when there is something to send, and made again, with
 * growing pauses, after it was lost. What waits for a connection that can't be made fails with it; what was sent over
 * a connection that is lost fails at once, for its reply can't come any more.
 */
export class PeerLink {
  readonly #peer: NodeId;
  readonly #address: PeerAddress;
  readonly #parts: LinkParts;
  readonly #waiting = new Map<number, Exchange>();
  readonly #sent = new Map<number, Exchange>();
  #waitingBytes = 0;
  #nextId = 0;
  #wire: Wire | undefined;
  #isWelcome = false;
  #isClosed = false;
  /** Connections lost or not made since the peer last replied. */
  #failures = 0;
  #notBeforeMs = 0;
  #dialing: Timer | undefined;
  #deadline: Timer | undefined;
  #probe: Timer | undefined;
  /**
   * Since when the peer owes a sign of life; undefined when it owes nothing. A request that was withdrawn is still
   * owed.
   */
  #silentSinceMs: number | undefined;
  /** When it was asked for one, in vain so far. */
  #askedAtMs: number | undefined;
  #lastComplaint = '';

  constructor(peer: NodeId, address: PeerAddress, parts: LinkParts) {
    this.#peer = peer;
    this.#address = address;
    this.#parts = parts;
  }

  /** Sends a request as soon as there is a connection. The result withdraws it: it is no longer sent, nor settled. */
  submit(exchange: Exchange): () => void {
    const id = this.#nextId++;
    const refusal = this.#refusal(exchange);
    if (refusal !== undefined) return this.#failSoon(exchange, unavailable(refusal));
    if (this.#isWelcome) this.#send(id, exchange);
    else {
      this.#waiting.set(id, exchange);
      this.#waitingBytes += exchange.request.args.length;
      this.#dialWhenAllowed();
    }
    return () => {
      this.#sent.delete(id);
      if (this.#waiting.delete(id)) this.#waitingBytes -= exchange.request.args.length;
    };
  }

  /** The peer has just shown that it is up, so there is no reason to pause. */
  noteAlive(): void {
    this.#failures = 0;
    this.#notBeforeMs = 0;
    if (this.#dialing === undefined) return;
    this.#dialing.cancel();
    this.#dialing = undefined;
    this.#dialWhenAllowed();
  }

  /** For good. Requests under way are dropped, not settled. */
  close(): void {
    this.#isClosed = true;
    for (const timer of [this.#dialing, this.#deadline, this.#probe]) timer?.cancel();
    this.#waiting.clear();
    this.#sent.clear();
    this.#wire?.destroy('this node was closed');
  }

  #refusal({ request }: Exchange): string | undefined {
    const { maxCallsPerPeer, maxQueuedBytes } = this.#parts.limits;
    if (this.#waiting.size + this.#sent.size >= maxCallsPerPeer)
      return `${maxCallsPerPeer} calls to ${this.#peer} are under way already`;
    const queued = this.#waitingBytes + (this.#wire?.backlogBytes ?? 0);
    if (queued > 0 && queued + request.args.length > maxQueuedBytes)
      return `${queued} bytes are waiting to be sent to ${this.#peer} already`;
    return undefined;
  }

  /** As an event of its own: a caller that tries again at once must not keep the node from everything else. */
  #failSoon(exchange: Exchange, outcome: Outcome): () => void {
    const timer = this.#parts.clock.after(0, () => exchange.settle(outcome));
    return () => timer.cancel();
  }

  #send(id: number, exchange: Exchange): void {
    this.#sent.set(id, exchange);
    this.#silentSinceMs ??= this.#parts.clock.now();
    this.#wire?.send({ kind: 'request', id, ...exchange.request });
    this.#watch();
  }

  #dialWhenAllowed(): void {
    if (this.#wire !== undefined || this.#dialing !== undefined || this.#isClosed) return;
    const { clock } = this.#parts;
    this.#dialing = clock.after(Math.max(0, this.#notBeforeMs - clock.now()), () => {
      this.#dialing = undefined;
      // Everything that waited may have been withdrawn since.
      if (this.#waiting.size > 0) this.#dial();
    });
  }

  #dial(): void {
    const { limits, clock, self } = this.#parts;
    const socket = connect({ ...this.#address });
    const wire = new Wire(socket, limits.maxFrameBytes, {
      message: (message) => this.#receive(wire, message),
      closed: (reason) => this.#lose(wire, reason),
    });
    this.#wire = wire;
    socket.on('connect', () => {
      if (isConnectedToItself(socket)) return wire.destroy('nobody listens there');
      wire.send({ kind: 'hello', protocol: PROTOCOL, from: self, to: this.#peer });
    });
    this.#deadline = clock.after(limits.handshakeTimeoutMs, () =>
      wire.destroy(`no welcome within ${limits.handshakeTimeoutMs} ms`),
    );
  }

  #receive(wire: Wire, message: Message): void {
    if (wire !== this.#wire) return;
    this.#askedAtMs = undefined;
    this.#silentSinceMs = this.#sent.size > 0 ? this.#parts.clock.now() : undefined;
    if (!this.#isWelcome) return this.#receiveGreeting(wire, message);
    switch (message.kind) {
      case 'reply':
        return this.#settle(message.id, { ok: true, result: message.result });
      case 'failure':
        return this.#settle(message.id, { ok: false, code: message.code, reason: message.reason });
      case 'pong':
        return;
      default:
        return wire.destroy(`got a message "${message.kind}", which only callers send`);
    }
  }

  #receiveGreeting(wire: Wire, message: Message): void {
    if (message.kind === 'refused') return wire.destroy(`refused: ${message.reason}`);
    if (message.kind !== 'welcome') return wire.destroy(`got a message "${message.kind}" before the welcome`);
    if (message.id !== this.#peer) return wire.destroy(`${message.id} answers at its address`);
    this.#deadline?.cancel();
    this.#isWelcome = true;
    this.#lastComplaint = '';
    this.#parts.log.debug(`connected to ${this.#peer}`);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#waitingBytes = 0;
    for (const [id, exchange] of waiting) this.#send(id, exchange);
  }

  #settle(id: number, outcome: Outcome): void {
    this.#failures = 0;
    // Withdrawn requests are answered all the same.
    const exchange = this.#sent.get(id);
    this.#sent.delete(id);
    exchange?.settle(outcome);
  }

  #lose(wire: Wire, reason: string): void {
    if (wire !== this.#wire || this.#isClosed) return;
    const { limits, clock, jitter } = this.#parts;
    this.#wire = undefined;
    this.#isWelcome = false;
    this.#silentSinceMs = undefined;
    this.#askedAtMs = undefined;
    this.#deadline?.cancel();
    this.#probe?.cancel();
    this.#probe = undefined;
    let pauseMs = limits.backOffMs;
    for (let i = 0; i < this.#failures && pauseMs < limits.maxBackOffMs; i++) pauseMs *= 2;
    this.#failures++;
    this.#notBeforeMs = clock.now() + Math.min(pauseMs, limits.maxBackOffMs) * (0.5 + jitter() / 2);
    this.#complain(reason);
    const failed = [...this.#waiting.values(), ...this.#sent.values()];
    this.#waiting.clear();
    this.#sent.clear();
    this.#waitingBytes = 0;
    for (const exchange of failed) exchange.settle(unavailable(`no connection to ${this.#peer}: ${reason}`));
  }

  /** A peer that stays away is worth one line, not one for each attempt. */
  #complain(reason: string): void {
    if (reason === this.#lastComplaint) return;
    this.#lastComplaint = reason;
    this.#parts.log.warn(`no connection to ${this.#peer} at ${showAddress(this.#address)}: ${reason}`);
  }

  /** While replies are owed, looks now and then whether the peer is still there: a cut cable says nothing by itself. */
  #watch(): void {
    if (this.#probe !== undefined) return;
    const { clock, limits } = this.#parts;
    this.#probe = clock.after(limits.probeAfterMs, () => {
      this.#probe = undefined;
      if (this.#silentSinceMs === undefined) return;
      const nowMs = clock.now();
      if (this.#askedAtMs !== undefined) {
        if (nowMs - this.#askedAtMs >= limits.cutOffAfterMs - limits.probeAfterMs)
          this.#cutOff(this.#askedAtMs);
      } else if (nowMs - this.#silentSinceMs >= limits.probeAfterMs) {
        this.#askedAtMs = nowMs;
        this.#wire?.send({ kind: 'ping' });
      }
      this.#watch();
    });
  }

  /** Unless the answer is here already: when this process has just stood still, its timers come before its news. */
  #cutOff(askedAtMs: number): void {
    setImmediate(() => {
      if (this.#askedAtMs !== askedAtMs || this.#silentSinceMs === undefined) return;
      this.#wire?.destroy(`silent for ${Math.round(this.#parts.clock.now() - this.#silentSinceMs)} ms`);
    });
  }
}

/** A dialler of a free port may be given that very port as its own, and then meets itself. */
function isConnectedToItself(socket: Socket): boolean {
  return (
    socket.localPort !== undefined &&
    socket.localPort === socket.remotePort &&
    socket.localAddress === socket.remoteAddress
  );
}

import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { NodeId } from '@lockstep/api';
import { showAddress } from './address.ts';
import type { PeerAddress } from './address.ts';
import { InboundPeer } from './inbound-peer.ts';
import type { Handle } from './inbound-peer.ts';
import { PROTOCOL } from './messages.ts';
import type { Message } from './messages.ts';
import type { LinkParts } from './peer-link.ts';
import { Wire } from './wire.ts';

/** What an acceptor needs besides the parts of a link. */
export interface AcceptorOptions {
  /** All who may call: the peers, and this node itself. */
  readonly callers: ReadonlySet<NodeId>;
  readonly handle: Handle;
  /** A caller has introduced itself. */
  readonly greeted: (id: NodeId) => void;
}

/**
 * Connections beyond one for each caller: to introduce themselves, or to replace one that is dead but not known to be.
 */
const SPARE_CONNECTIONS = 64;

/**
 * The listening side: takes connections, lets callers introduce themselves, refuses strangers, and hands each request
 * on with the id that its connection was introduced with. The id is what the other side claims: this protocol is for
 * networks whose machines trust each other.
 */
export class Acceptor {
  readonly #parts: LinkParts;
  readonly #options: AcceptorOptions;
  readonly #server: Server;
  readonly #wires = new Set<Wire>();
  readonly #inbound = new Map<NodeId, InboundPeer>();

  constructor(parts: LinkParts, options: AcceptorOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = options.callers.size + SPARE_CONNECTIONS;
    for (const id of options.callers) this.#inbound.set(id, new InboundPeer(id, parts, options.handle));
  }

  /** Resolves with the address that is listened at, once it is. */
  async listen(address: PeerAddress): Promise<PeerAddress> {
    const server = this.#server;
    // A socket of an earlier boot: its node is no more, for this one has the node's directory now.
    if ('path' in address) await rm(address.path, { force: true });
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(explain(address, error));
      server.once('error', failed);
      server.listen({ ...address }, () => {
        server.off('error', failed);
        server.on('error', (error) => this.#parts.log.warn('a connection could not be accepted', error));
        const bound = server.address();
        if (bound === null) return reject(new Error('listening at no address'));
        resolve(typeof bound === 'string' ? { path: bound } : { host: bound.address, port: bound.port });
      });
    });
  }

  async close(): Promise<void> {
    for (const wire of this.#wires) wire.destroy('this node was closed');
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    const { clock, limits } = this.#parts;
    let peer: InboundPeer | undefined;
    const deadline = clock.after(limits.handshakeTimeoutMs, () =>
      wire.destroy(`no greeting within ${limits.handshakeTimeoutMs} ms`),
    );
    const wire = new Wire(socket, limits.maxFrameBytes, {
      message: (message) => {
        if (peer !== undefined) return peer.receive(wire, message);
        peer = this.#greet(wire, message);
        if (peer !== undefined) deadline.cancel();
      },
      closed: (reason) => {
        deadline.cancel();
        this.#wires.delete(wire);
        peer?.leave(wire);
        const who = peer === undefined ? String(socket.remoteAddress) : peer.id;
        this.#parts.log.debug(`a connection from ${who} has ended: ${reason}`);
      },
    });
    this.#wires.add(wire);
  }

  #greet(wire: Wire, message: Message): InboundPeer | undefined {
    const refusal = this.#refusal(message);
    const peer = message.kind === 'hello' ? this.#inbound.get(message.from) : undefined;
    if (refusal !== undefined || peer === undefined) {
      this.#parts.log.warn('refused a connection', refusal);
      wire.send({ kind: 'refused', reason: refusal ?? 'unknown caller' });
      wire.finish('refused');
      return undefined;
    }
    wire.send({ kind: 'welcome', id: this.#parts.self });
    peer.enter(wire);
    this.#options.greeted(peer.id);
    return peer;
  }

  #refusal(message: Message): string | undefined {
    const { self } = this.#parts;
    if (message.kind !== 'hello') return `${self} wants a greeting first`;
    if (message.protocol !== PROTOCOL)
      return `${self} speaks ${PROTOCOL}, not ${message.protocol.slice(0, 40)}`;
    if (message.to !== self) return `this is ${self}, not ${message.to.slice(0, 40)}`;
    if (!this.#options.callers.has(message.from)) return `${message.from.slice(0, 40)} is no peer of ${self}`;
    return undefined;
  }
}

function explain(address: PeerAddress, error: NodeJS.ErrnoException): Error {
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there: end it, or choose another port',
    EADDRNOTAVAIL: 'this machine has no such address: choose one of its own, or 0.0.0.0 for all of them',
    EACCES: 'this user may not: choose a port from 1024 on',
    ENOTFOUND: 'the name is not known: correct it, or give an IP address',
  };
  const why = advice[error.code ?? ''] ?? error.message;
  return new Error(`can't listen at ${showAddress(address)}: ${why}`, { cause: error });
}

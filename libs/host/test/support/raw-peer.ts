import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { PortAddress } from '../../src/index.ts';
import { FrameReader, toFrame } from '../../src/rpc/frames.ts';
import { decodeMessage, encodeMessage, PROTOCOL } from '../../src/rpc/messages.ts';
import type { Message } from '../../src/rpc/messages.ts';

/** One end of a connection that may say anything. */
export class RawPeer {
  readonly socket: Socket;
  readonly heard: Message[] = [];
  readonly #frames = new FrameReader(16_000_000);
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isClosed = true));
    socket.on('data', (chunk: Uint8Array) => {
      this.#frames.push(chunk);
      for (let content = this.#frames.next(); content !== undefined; content = this.#frames.next())
        this.heard.push(decodeMessage(content));
    });
  }

  say(message: Message): void {
    this.sayContent(encodeMessage(message));
  }

  sayContent(content: Uint8Array): void {
    this.sayBytes(toFrame(content));
  }

  sayBytes(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  hello(from: string, to: string, protocol: string = PROTOCOL): void {
    this.say({ kind: 'hello', protocol, from, to });
  }

  kinds(): string[] {
    return this.heard.map(({ kind }) => kind);
  }
}

/** Calls a node as anybody might. */
export function callRaw({ host, port }: PortAddress): RawPeer {
  return new RawPeer(connect({ host, port }));
}

/** Listens in a node's place. */
export class RawServer {
  readonly peers: RawPeer[] = [];
  readonly #server: Server;

  private constructor(accepted: (peer: RawPeer) => void) {
    this.#server = createServer((socket) => {
      const peer = new RawPeer(socket);
      this.peers.push(peer);
      accepted(peer);
    });
  }

  static async listen({ host, port }: PortAddress, accepted: (peer: RawPeer) => void): Promise<RawServer> {
    const server = new RawServer(accepted);
    await new Promise<void>((resolve) => server.#server.listen(port, host, resolve));
    return server;
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

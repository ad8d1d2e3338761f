import type { Socket } from 'node:net';
import { FrameError, FrameReader, toFrame } from './frames.ts';
import { decodeMessage, encodeMessage } from './messages.ts';
import type { Message } from './messages.ts';

/** What a {@link Wire} tells its owner. */
export interface WireEvents {
  message(message: Message): void;
  /** Comes once, and nothing after it. */
  closed(reason: string): void;
}

const KEEP_ALIVE_MS = 30_000;

/**
 * A TCP connection as a stream of messages. Broken input closes it: whoever talks nonsense can't be trusted to go on.
 */
export class Wire {
  readonly #socket: Socket;
  readonly #frames: FrameReader;
  readonly #events: WireEvents;
  #closing: string | undefined;
  #isClosed = false;

  constructor(socket: Socket, maxFrameBytes: number, events: WireEvents) {
    this.#socket = socket;
    this.#frames = new FrameReader(maxFrameBytes);
    this.#events = events;
    socket.setNoDelay(true);
    // An idle connection whose other side has vanished is noticed by the system, in its own time.
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    socket.on('error', (error) => (this.#closing ??= error.message));
    socket.on('end', () => (this.#closing ??= 'the other side closed the connection'));
    socket.on('close', () => this.#end());
  }

  /** Bytes that have been sent but that the network has not taken yet. */
  get backlogBytes(): number {
    return this.#socket.writableLength;
  }

  send(message: Message): void {
    if (this.#closing === undefined) this.#socket.write(toFrame(encodeMessage(message)));
  }

  /** Lets what was sent go out, and closes. */
  finish(reason: string): void {
    this.#closing ??= reason;
    this.#socket.end(() => this.#socket.destroy());
  }

  /** Closes at once. */
  destroy(reason: string): void {
    this.#closing ??= reason;
    this.#socket.destroy();
    this.#end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events.closed(this.#closing ?? 'the connection was closed');
  }

  #receive(chunk: Uint8Array): void {
    this.#frames.push(chunk);
    try {
      while (this.#closing === undefined) {
        const content = this.#frames.next();
        if (content === undefined) return;
        this.#events.message(decodeMessage(content));
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.destroy(error.message);
    }
  }
}

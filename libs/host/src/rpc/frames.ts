/** Bytes of a frame before its content: the content's length, big endian. */
const HEADER_BYTES = 4;

/** A stream of bytes that is no stream of frames. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** The content with its length before it, as it goes over the wire. */
export function toFrame(content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + content.length);
  new DataView(frame.buffer).setUint32(0, content.length);
  frame.set(content, HEADER_BYTES);
  return frame;
}

/** Bytes that a content of this length takes on the wire. */
export function frameBytes(contentBytes: number): number {
  return HEADER_BYTES + contentBytes;
}

/** Puts the chunks of a stream together again. Memory grows with what has arrived, not with what was announced. */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #available = 0;
  /** The length of the content that is awaited; undefined while its header is. */
  #awaited: number | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#available += chunk.length;
  }

  /**
   * The next complete content, in memory of its own; undefined until more has arrived.
   *
   * @throws {@link FrameError} when a frame is announced that is empty or larger than allowed.
   */
  next(): Uint8Array | undefined {
    if (this.#awaited === undefined) {
      if (this.#available < HEADER_BYTES) return undefined;
      const length = new DataView(this.#take(HEADER_BYTES).buffer).getUint32(0);
      if (length === 0 || length > this.#maxBytes)
        throw new FrameError(`a frame of ${length} bytes was announced; 1 to ${this.#maxBytes} are allowed`);
      this.#awaited = length;
    }
    if (this.#available < this.#awaited) return undefined;
    const content = this.#take(this.#awaited);
    this.#awaited = undefined;
    return content;
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    let used = 0;
    while (filled < length) {
      const chunk = this.#chunks[used];
      if (chunk === undefined) throw new RangeError('took more than has arrived');
      const part = chunk.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) used++;
      else this.#chunks[used] = chunk.subarray(part.length);
    }
    this.#chunks.splice(0, used);
    this.#available -= length;
    return bytes;
  }
}

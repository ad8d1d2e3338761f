import { encode } from '@lockstep/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameError, FrameReader, toFrame } from '../../src/rpc/frames.ts';
import { decodeMessage, encodeMessage } from '../../src/rpc/messages.ts';
import type { Message } from '../../src/rpc/messages.ts';

describe('a stream of frames', () => {
  it('comes out as it went in, however it is cut into chunks', () => {
    const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(contents, fc.array(fc.nat({ max: 20 })), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(toFrame));
        const reader = new FrameReader(40);
        const received: Uint8Array[] = [];
        const take = (chunk: Uint8Array): void => {
          reader.push(chunk);
          for (let content = reader.next(); content !== undefined; content = reader.next())
            received.push(content);
        };
        let position = 0;
        for (const cut of cuts) take(stream.subarray(position, (position += cut)));
        take(stream.subarray(position));
        expect(received).toEqual(sent);
      }),
    );
  });

  it.each([0, 41, 0xffff_ffff])('is broken when it announces a frame of %i bytes', (length) => {
    const reader = new FrameReader(40);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(length);
    reader.push(header);
    expect(() => reader.next()).toThrow(
      new FrameError(`a frame of ${length} bytes was announced; 1 to 40 are allowed`),
    );
  });

  it('gives each frame memory of its own', () => {
    const reader = new FrameReader(40);
    const chunk = toFrame(Uint8Array.of(1, 2, 3));
    reader.push(chunk);
    const content = reader.next();
    chunk.fill(9);
    expect(content).toEqual(Uint8Array.of(1, 2, 3));
  });
});

const id = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    kind: fc.constant('hello' as const),
    protocol: fc.string(),
    from: fc.string(),
    to: fc.string(),
  }),
  fc.record({ kind: fc.constant('welcome' as const), id: fc.string() }),
  fc.record({ kind: fc.constant('refused' as const), reason: fc.string() }),
  fc.record({
    kind: fc.constant('request' as const),
    id,
    scope: fc.string(),
    method: fc.string(),
    args: fc.uint8Array(),
  }),
  fc.record({ kind: fc.constant('reply' as const), id, result: fc.uint8Array() }),
  fc.record({
    kind: fc.constant('failure' as const),
    id,
    code: fc.constantFrom('unavailable' as const, 'handler-failed' as const, 'unknown-method' as const),
    reason: fc.string(),
  }),
  fc.record({ kind: fc.constantFrom('ping' as const, 'pong' as const) }),
);

describe('a message', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(decodeMessage(encodeMessage(sent))).toEqual(sent);
      }),
    );
  });

  it('is refused when it is cut, damaged beyond recognition, or anything else than a message', () => {
    fc.assert(
      fc.property(message, fc.nat(), (sent, at) => {
        const bytes = encodeMessage(sent);
        expect(() => decodeMessage(bytes.subarray(0, at % bytes.length))).toThrow(FrameError);
      }),
    );
    const strange = [
      1,
      [],
      ['hello'],
      ['reply', -1, new Uint8Array()],
      ['reply', 0.5, new Uint8Array()],
      ['nonsense'],
    ];
    for (const value of [...strange, ['failure', 1, 'cancelled', ''], ['ping', 1], { kind: 'ping' }])
      expect(() => decodeMessage(encode(value))).toThrow(FrameError);
  });

  it('of random bytes is refused, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });
});

import { encode } from '@lockstep/api';
import type { Host } from '@lockstep/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostLimits } from '../../src/index.ts';
import { codeOf, Nodes } from '../support/nodes.ts';
import { RawServer } from '../support/raw-peer.ts';
import type { RawPeer } from '../support/raw-peer.ts';

interface Service {
  ask(args: unknown): unknown;
}

const LIMITS = { handshakeTimeoutMs: 30, probeAfterMs: 10, cutOffAfterMs: 40, backOffMs: 2, maxBackOffMs: 5 };
/** For a peer that is alive, though this machine may be busy. */
const SLOW_TO_JUDGE = { ...LIMITS, handshakeTimeoutMs: 10_000, cutOffAfterMs: 10_000 };
/** So long that no call of these tests ends by it. */
const LONG = { timeoutMs: 60_000 };

describe('a node whose peer is not what it should be', () => {
  let nodes: Nodes;
  let server: RawServer | undefined;
  beforeEach(async () => {
    nodes = await Nodes.prepare(2);
    server = undefined;
  });
  afterEach(async () => {
    await server?.close();
    await nodes.close();
  });

  const begin = async (
    accepted: (peer: RawPeer) => void,
    limits: Partial<HostLimits> = LIMITS,
  ): Promise<Host> => {
    server = await RawServer.listen(nodes.address('n2'), accepted);
    return (await nodes.start('n1', limits)).host;
  };
  const ask = (host: Host, args: unknown = 1): Promise<unknown> => host.peer<Service>('n2').ask(args, LONG);

  it('gives up a call when the peer closes, refuses, talks nonsense, or is another one', async () => {
    const answers: ((peer: RawPeer) => void)[] = [
      ({ socket }) => socket.destroy(),
      ({ socket }) => socket.end(),
      (peer) => peer.say({ kind: 'refused', reason: 'I am busy' }),
      (peer) => peer.sayBytes(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
      (peer) => peer.say({ kind: 'welcome', id: 'n9' }),
      (peer) => peer.say({ kind: 'reply', id: 0, result: encode('too soon') }),
      () => undefined,
    ];
    let answer = answers[0];
    const host = await begin((peer) => answer?.(peer));
    for (answer of answers) {
      await expect(ask(host)).rejects.toMatchObject({ name: 'RpcError', code: 'unavailable' });
    }
    const reasons = nodes.log.messages.map((message) => message.replace(/^no connection to n2 at \S+: /, ''));
    expect(reasons.filter((reason) => !/closed|ECONNRESET|EPIPE/.test(reason))).toEqual([
      'refused: I am busy',
      'a frame of 1213486160 bytes was announced; 1 to 16777216 are allowed',
      'n9 answers at its address',
      'got a message "reply" before the welcome',
      'no welcome within 30 ms',
    ]);
  });

  it('closes on a reply that is no reply, and takes the next connection', async () => {
    let replies = 0;
    const host = await begin((peer) => {
      peer.say({ kind: 'welcome', id: 'n2' });
      peer.socket.on('data', () => {
        for (const { kind } of peer.heard.splice(0)) {
          if (kind !== 'request') continue;
          replies++;
          if (replies === 1) peer.sayContent(Uint8Array.of(99));
          else if (replies === 2) peer.say({ kind: 'hello', protocol: 'p', from: 'n2', to: 'n1' });
          else peer.say({ kind: 'reply', id: replies - 1, result: encode('at last') });
        }
      });
    });
    expect(await codeOf(ask(host))).toBe('unavailable');
    expect(await codeOf(ask(host))).toBe('unavailable');
    expect(await ask(host)).toBe('at last');
  });

  it('ignores replies to calls that it did not make, or made no more', async () => {
    const host = await begin((peer) => {
      peer.say({ kind: 'welcome', id: 'n2' });
      peer.socket.on('data', () => {
        for (const message of peer.heard.splice(0)) {
          if (message.kind !== 'request') continue;
          peer.say({ kind: 'reply', id: message.id + 1_000, result: encode('not this') });
          peer.say({ kind: 'reply', id: message.id, result: message.args });
          peer.say({ kind: 'reply', id: message.id, result: encode('twice') });
        }
      });
    });
    expect(await Promise.all([ask(host, 'a'), ask(host, 'b')])).toEqual(['a', 'b']);
    expect(await ask(host, 'c')).toBe('c');
  });

  it('makes a result that cannot be read an unavailable one', async () => {
    const host = await begin((peer) => {
      peer.say({ kind: 'welcome', id: 'n2' });
      peer.say({ kind: 'ping' });
    });
    expect(await codeOf(ask(host))).toBe('unavailable');
    await server?.close();
    server = await RawServer.listen(nodes.address('n2'), (peer) => {
      peer.say({ kind: 'welcome', id: 'n2' });
      peer.socket.on('data', () => {
        const id = peer.heard.flatMap((message) => (message.kind === 'request' ? [message.id] : [])).at(-1);
        if (id !== undefined) peer.say({ kind: 'reply', id, result: Uint8Array.of(77, 77) });
      });
    });
    expect(await codeOf(ask(host))).toBe('unavailable');
  });

  it('finds out that a connection is half-open, by pings that nobody answers', async () => {
    const host = await begin((peer) => peer.say({ kind: 'welcome', id: 'n2' }));
    await expect(ask(host)).rejects.toThrow(/ask to n2: no connection to n2: silent for \d+ ms/);
    expect(server?.peers[0]?.kinds()).toContain('ping');
    // Also when callers lose patience before the network does, time and again.
    const impatient = async (): Promise<void> => {
      while ((server?.peers.length ?? 0) < 3) await codeOf(host.peer<Service>('n2').ask(1, { timeoutMs: 3 }));
    };
    await impatient();
    expect(server?.peers.length).toBe(3);
  });

  it('waits as long as it takes for a peer that is slow but alive', async () => {
    let isAsked = false;
    const host = await begin((peer) => {
      peer.say({ kind: 'welcome', id: 'n2' });
      let pings = 0;
      peer.socket.on('data', () => {
        for (const { kind } of peer.heard.splice(0)) {
          isAsked ||= kind === 'request';
          if (kind !== 'ping') continue;
          peer.say({ kind: 'pong' });
          if (++pings === 6) peer.say({ kind: 'reply', id: 0, result: encode('slowly') });
        }
      });
    }, SLOW_TO_JUDGE);
    expect(await ask(host)).toBe('slowly');
    expect(isAsked).toBe(true);
    expect(server?.peers).toHaveLength(1);
  });

  it('does not dial faster and faster when its caller tries again at once', async () => {
    const host = await begin(({ socket }) => socket.destroy(), { ...LIMITS, backOffMs: 2, maxBackOffMs: 64 });
    const start = host.clock.now();
    for (let n = 0; n < 8; n++) expect(await codeOf(ask(host))).toBe('unavailable');
    expect(server?.peers.length).toBeLessThanOrEqual(8);
    // Pauses of at least half of 2, 4, 8, 16, 32, 64 and 64 ms lie between eight attempts.
    expect(host.clock.now() - start).toBeGreaterThanOrEqual(1 + 2 + 4 + 8 + 16 + 32 + 32);
  });
});

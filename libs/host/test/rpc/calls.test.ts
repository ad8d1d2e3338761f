import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, Nodes, until } from '../support/nodes.ts';
import { RawServer } from '../support/raw-peer.ts';

interface Service {
  echo<T>(args: T): T;
  hang(args: unknown): never;
}

const LONG = { timeoutMs: 60_000 };
const service = {
  echo: (args: unknown): unknown => args,
  hang: (): Promise<never> => new Promise(() => undefined),
};

describe('calls between two nodes', () => {
  let nodes: Nodes;
  beforeEach(async () => {
    nodes = await Nodes.prepare(2);
  });
  afterEach(() => nodes.close());

  it('wait one second for their reply unless told otherwise', async () => {
    const { host } = await nodes.start('n1');
    host.serve(service);
    const start = host.clock.now();
    await expect(host.peer<Service>('n1').hang(1)).rejects.toThrow('hang to n1: no reply within 1000 ms');
    expect(host.clock.now() - start).toBeGreaterThanOrEqual(1000);
  });

  it('find a peer that starts later, one that has restarted, and one that was down when it was called', async () => {
    const { host } = await nodes.start('n1', { backOffMs: 1, maxBackOffMs: 5 });
    const n2 = host.peer<Service>('n2');
    expect(await codeOf(n2.echo(0, LONG))).toBe('unavailable');
    for (let boot = 1; boot <= 3; boot++) {
      const peer = await nodes.start('n2');
      peer.host.serve(service);
      await succeed(() => n2.echo(boot, LONG), boot);
      const lost = n2.hang(0, LONG);
      await n2.echo(0, LONG);
      await peer.close();
      expect(await codeOf(lost)).toBe('unavailable');
      expect(await codeOf(n2.echo(0, LONG))).toBe('unavailable');
    }
  });

  it('go out at once when the peer has been heard of, whatever the back-off says', async () => {
    const one = await nodes.start('n1', { backOffMs: 1_000_000, maxBackOffMs: 1_000_000 });
    one.host.serve(service);
    const n2 = one.host.peer<Service>('n2');
    expect(await codeOf(n2.echo(0, LONG))).toBe('unavailable');
    const waiting = n2.echo('patience', LONG);
    const two = await nodes.start('n2');
    two.host.serve(service);
    await two.host.peer<Service>('n1').echo('here I am', LONG);
    expect(await waiting).toBe('patience');
  });

  it('that were cancelled or have timed out before there was a connection are not sent at all', async () => {
    const { host } = await nodes.start('n1', { backOffMs: 30, maxBackOffMs: 30 });
    const n2 = host.peer<Service>('n2');
    await codeOf(n2.echo(0, LONG));
    const abort = new AbortController();
    const calls = [
      n2.echo('impatient', { timeoutMs: 1 }),
      n2.echo('unwanted', { ...LONG, signal: abort.signal }),
    ];
    abort.abort();
    expect(await Promise.all(calls.map(codeOf))).toEqual(['unavailable', 'cancelled']);
    const server = await RawServer.listen(nodes.address('n2'), (peer) =>
      peer.say({ kind: 'welcome', id: 'n2' }),
    );
    try {
      void n2.echo('wanted', LONG);
      await until(() => server.peers[0]?.heard.length === 2);
      expect(server.peers[0]?.kinds()).toEqual(['hello', 'request']);
    } finally {
      await server.close();
    }
  });

  it('are refused when their arguments do not fit into a message, and fail when the result does not', async () => {
    const { host } = await nodes.start('n1', { maxFrameBytes: 1_000 });
    host.serve({ ...service, long: () => 'x'.repeat(1_000) });
    const self = host.peer<Service & { long(args: unknown): string }>('n1');
    await expect(self.echo('x'.repeat(1_000))).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'echo: the arguments take 1003 bytes; a message may take 1000: send less at a time',
    });
    await expect(self.long(1)).rejects.toMatchObject({ code: 'handler-failed' });
    for (let length = 850; length < 1_000; length++) {
      const code = await codeOf(self.echo('x'.repeat(length), LONG));
      expect(['none', 'invalid-argument'], `length ${length}`).toContain(code);
    }
  });

  it('fail when too many are under way, but not before the caller has let others have their turn', async () => {
    const { host } = await nodes.start('n1', { maxCallsPerPeer: 2 });
    host.serve(service);
    const self = host.peer<Service>('n1');
    const hanging = [1, 2].map((n) => self.hang(n, { timeoutMs: 50 }));
    let turns = 0;
    setImmediate(() => turns++);
    await expect(self.echo(1)).rejects.toThrow('2 calls to n1 are under way already');
    expect(turns).toBe(1);
    expect(await Promise.all(hanging.map(codeOf))).toEqual(['unavailable', 'unavailable']);
    expect(await self.echo(1)).toBe(1);
  });

  it('fail when too much waits to be sent, though a single large one always may', async () => {
    const { host } = await nodes.start('n1', { maxQueuedBytes: 1_000 });
    host.serve(service);
    const self = host.peer<Service>('n1');
    const large = 'x'.repeat(5_000);
    const [first, second] = [self.echo(large, LONG), self.echo(large, LONG)];
    await expect(second).rejects.toThrow(/bytes are waiting to be sent to n1 already/);
    expect(await first).toBe(large);
  });

  it('of a thousand at a time all get their own replies', async () => {
    const [one, two] = [await nodes.start('n1'), await nodes.start('n2')];
    two.host.serve({
      echo: async (n: number) => {
        if (n % 3 === 0) await two.host.clock.sleep(n % 7);
        return n;
      },
    });
    const numbers = Array.from({ length: 1_000 }, (_, n) => n);
    const n2 = one.host.peer<Service>('n2');
    expect(await Promise.all(numbers.map((n) => n2.echo(n, LONG)))).toEqual(numbers);
  });

  it('bring bytes as plain arrays that share memory with nothing', async () => {
    const { host } = await nodes.start('n1');
    host.serve(service);
    const reply = (await host.peer<Service>('n1').echo(Buffer.from('abc'), LONG)) as Uint8Array;
    expect(Object.getPrototypeOf(reply)).toBe(Uint8Array.prototype);
    expect(reply.buffer.byteLength).toBe(3);
  });

  it('to a node that throws whatever it likes fail with a message, and a warning in its log', async () => {
    const { host } = await nodes.start('n1');
    const thrown: unknown[] = [
      new TypeError('no such thing'),
      'a text',
      undefined,
      null,
      Object.create(null),
      5n,
    ];
    host.serve({
      fail: (index: number) => {
        throw thrown[index];
      },
    });
    const self = host.peer<{ fail(index: number): never }>('n1');
    const messages = await Promise.all(
      thrown.map((_, index) => self.fail(index, LONG).catch((error: Error) => error.message)),
    );
    expect(
      messages.map((message) => message.replace('fail to n1: fail of the node itself on n1 threw ', '')),
    ).toEqual(['TypeError: no such thing', 'a text', 'undefined', 'null', 'an object that is no Error', '5']);
    expect(nodes.log.messages.filter((message) => message === 'the handler fail threw')).toHaveLength(6);
  });
});

/** Calls until there is an answer: a peer that was just away may still be in its pause. */
async function succeed<T>(call: () => Promise<T>, expected: T): Promise<void> {
  for (;;) {
    const result = await call().catch(() => undefined);
    if (result === undefined) continue;
    expect(result).toBe(expected);
    return;
  }
}

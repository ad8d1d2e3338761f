import { encode } from '@lockstep/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Nodes, until } from '../support/nodes.ts';
import { callRaw } from '../support/raw-peer.ts';
import type { RawPeer } from '../support/raw-peer.ts';

interface Echo {
  echo(args: unknown): unknown;
}

describe('a node that anybody can connect to', () => {
  let nodes: Nodes;
  let callers: RawPeer[];
  beforeEach(async () => {
    nodes = await Nodes.prepare(2);
    callers = [];
  });
  afterEach(async () => {
    for (const { socket } of callers) socket.destroy();
    await nodes.close();
  });

  const call = (id = 'n1'): RawPeer => {
    const caller = callRaw(nodes.address(id));
    callers.push(caller);
    return caller;
  };

  const startEcho = async (limits = {}): Promise<() => Promise<unknown>> => {
    const { host } = await nodes.start('n1', limits);
    host.serve({ echo: (args: unknown, context: object) => ({ args, context }) });
    return () => host.peer<Echo>('n1').echo('still here');
  };
  const STILL_HERE = { args: 'still here', context: { from: 'n1' } };

  it('closes the connection of a caller that talks nonsense, and goes on', async () => {
    const ask = await startEcho();
    const nonsense = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([0, 0, 0, 0]),
      Buffer.from([0xff, 0xff, 0xff, 0xff, 1]),
      Buffer.from([0, 0, 0, 3, 200, 200, 200]),
      Buffer.from([0, 0, 0, 1, 1]),
    ];
    for (const bytes of nonsense) {
      const caller = call();
      caller.sayBytes(bytes);
      await until(() => caller.isClosed);
      expect(caller.kinds()).toEqual([]);
    }
    expect(await ask()).toEqual(STILL_HERE);
  });

  it('tells a stranger why it is refused', async () => {
    await startEcho();
    const stranger = call();
    stranger.hello('n7', 'n1');
    const lost = call();
    lost.hello('n2', 'n3');
    const old = call();
    old.hello('n2', 'n1', 'lockstep-rpc/0');
    const rude = call();
    rude.say({ kind: 'request', id: 1, scope: '', method: 'echo', args: encode(1) });
    await until(() => [stranger, lost, old, rude].every(({ isClosed }) => isClosed));
    const reasons = [stranger, lost, old, rude].map(({ heard }) =>
      heard.map((message) => Object.values(message)),
    );
    expect(reasons).toEqual([
      [['refused', 'n7 is no peer of n1']],
      [['refused', 'this is n1, not n3']],
      [['refused', 'n1 speaks lockstep-rpc/1, not lockstep-rpc/0']],
      [['refused', 'n1 wants a greeting first']],
    ]);
  });

  it('lets nobody wait for ever with a greeting that does not come', async () => {
    const ask = await startEcho({ handshakeTimeoutMs: 20 });
    const silent = call();
    const slow = call();
    slow.sayBytes(Buffer.from([0, 0, 0, 9, 1]));
    await until(() => silent.isClosed && slow.isClosed);
    expect(await ask()).toEqual(STILL_HERE);
  });

  it('stamps requests with the id of their connection', async () => {
    await startEcho();
    const caller = call();
    caller.hello('n2', 'n1');
    caller.say({ kind: 'request', id: 5, scope: '', method: 'echo', args: encode('x') });
    await until(() => caller.heard.length === 2);
    expect(caller.heard).toEqual([
      { kind: 'welcome', id: 'n1' },
      { kind: 'reply', id: 5, result: encode({ args: 'x', context: { from: 'n2' } }) },
    ]);
  });

  it('answers broken arguments with a failure, and messages that callers do not send by closing', async () => {
    const ask = await startEcho();
    const caller = call();
    caller.hello('n2', 'n1');
    caller.say({ kind: 'request', id: 1, scope: '', method: 'echo', args: Uint8Array.of(255) });
    await until(() => caller.heard.length === 2);
    expect(caller.heard[1]).toMatchObject({ kind: 'failure', id: 1, code: 'handler-failed' });
    caller.say({ kind: 'welcome', id: 'n2' });
    await until(() => caller.isClosed);
    expect(await ask()).toEqual(STILL_HERE);
  });

  it('answers a ping at once, even while a handler is under way', async () => {
    const { host } = await nodes.start('n1');
    host.serve({ hang: () => new Promise(() => undefined) });
    const caller = call();
    caller.hello('n2', 'n1');
    caller.say({ kind: 'request', id: 1, scope: '', method: 'hang', args: encode(1) });
    caller.say({ kind: 'ping' });
    await until(() => caller.heard.length === 2);
    expect(caller.kinds()).toEqual(['welcome', 'pong']);
  });

  it('takes a second connection of the same peer for its successor, and drops the replies of the first', async () => {
    const { host } = await nodes.start('n1');
    const waiting: ((value: string) => void)[] = [];
    host.serve({ hold: () => new Promise((resolve) => waiting.push(resolve)) });
    const first = call();
    first.hello('n2', 'n1');
    first.say({ kind: 'request', id: 1, scope: '', method: 'hold', args: encode(1) });
    await until(() => waiting.length === 1);
    const second = call();
    second.hello('n2', 'n1');
    await until(() => first.isClosed);
    second.say({ kind: 'request', id: 1, scope: '', method: 'hold', args: encode(2) });
    await until(() => waiting.length === 2);
    waiting[0]?.('for the first');
    waiting[1]?.('for the second');
    await until(() => second.heard.length === 2);
    expect(second.heard[1]).toEqual({ kind: 'reply', id: 1, result: encode('for the second') });
  });

  it('turns calls away when too many of one peer are being handled', async () => {
    const { host } = await nodes.start('n1', { maxHandledPerPeer: 2 });
    host.serve({ hang: () => new Promise(() => undefined) });
    const caller = call();
    caller.hello('n2', 'n1');
    for (const id of [1, 2, 3])
      caller.say({ kind: 'request', id, scope: '', method: 'hang', args: encode(0) });
    await until(() => caller.heard.length === 2);
    expect(caller.heard[1]).toEqual({
      kind: 'failure',
      id: 3,
      code: 'unavailable',
      reason: 'n1 is handling 2 calls of n2 already',
    });
  });

  it('does not pile up replies for a caller that does not take them', async () => {
    const { host } = await nodes.start('n1', { maxQueuedBytes: 2_000_000 });
    let handled = 0;
    host.serve({ big: () => (handled++, new Uint8Array(1_000_000)) });
    const caller = call();
    caller.hello('n2', 'n1');
    await until(() => caller.heard.length === 1);
    caller.socket.pause();
    for (let id = 0; id < 60; id++)
      caller.say({ kind: 'request', id, scope: '', method: 'big', args: encode(0) });
    await until(() => handled === 60);
    await until(() => nodes.log.messages.includes('n2 does not take its replies: dropped one'));
    caller.socket.resume();
    caller.say({ kind: 'ping' });
    await until(() => caller.kinds().includes('pong'));
    expect(caller.kinds().filter((kind) => kind === 'reply').length).toBeLessThan(60);
  });
});

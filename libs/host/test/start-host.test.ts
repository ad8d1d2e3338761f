import { connect } from 'node:net';
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DiskError } from '@lockstep/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startHost } from '../src/index.ts';
import { codeOf, Nodes, until } from './support/nodes.ts';

interface Service {
  hold(args: unknown): string;
}

const LONG = { timeoutMs: 60_000 };

describe('starting a host', () => {
  let nodes: Nodes;
  beforeEach(async () => {
    nodes = await Nodes.prepare(2);
  });
  afterEach(() => nodes.close());

  it('lets the system choose a port, and says which', async () => {
    const running = await startHost({ ...nodes.options('n1'), address: { host: '127.0.0.1', port: 0 } });
    expect(running.address).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
    expect(running.address).not.toMatchObject({ port: 0 });
    running.host.serve({ hold: () => 'held' });
    expect(await running.host.peer<Service>('n1').hold(undefined, LONG)).toBe('held');
    await running.close();
  });

  it('listens at all addresses when asked to, and still reaches itself', async () => {
    const running = await startHost({ ...nodes.options('n1'), address: { host: '0.0.0.0', port: 0 } });
    running.host.serve({ hold: () => 'held' });
    expect(await running.host.peer<Service>('n1').hold(undefined, LONG)).toBe('held');
    await running.close();
  });

  it('fails with what to do when the port is taken, and leaves the directory free', async () => {
    await nodes.start('n1');
    const taken = { ...nodes.options('n2'), address: nodes.address('n1') };
    const { host, port } = nodes.address('n1');
    await expect(startHost(taken)).rejects.toThrow(
      `can't listen at ${host}:${port}: another process listens there: end it, or choose another port`,
    );
    await expect(nodes.start('n2')).resolves.toBeDefined();
  });

  it('fails when the directory is in use, until it no longer is', async () => {
    const first = await nodes.start('n1');
    const second = { ...nodes.options('n1'), address: { host: '127.0.0.1', port: 0 } };
    await expect(startHost(second)).rejects.toThrow(DiskError);
    await first.close();
    await (await startHost(second)).close();
  });

  it('refuses options that make no sense, before it does anything', async () => {
    const good = nodes.options('n1');
    const wrong = [
      [{ ...good, id: '' }, 'id must be a name of 1 to 100 characters, not ""'],
      [{ ...good, address: { host: '', port: 1 } }, 'address.host must be a name or an IP address, not ""'],
      [
        { ...good, address: { host: 'h', port: 65_536 } },
        'address.port must be an integer from 0 to 65535, not 65536',
      ],
      [
        { ...good, peers: { n2: { host: 'h', port: 0 } } },
        'peers.n2.port must be an integer from 1 to 65535, not 0',
      ],
      [{ ...good, directory: '' }, 'directory must be a path, not ""'],
      [{ ...good, limits: { backOffMs: 0 } }, 'limits.backOffMs must be a positive number, not 0'],
    ] as const;
    for (const [options, message] of wrong)
      await expect(startHost(options)).rejects.toThrow(new TypeError(message));
    expect(readdirSync(nodes.directory)).toEqual([]);
  });
});

describe('a host that was closed', () => {
  let nodes: Nodes;
  beforeEach(async () => {
    nodes = await Nodes.prepare(2);
  });
  afterEach(() => nodes.close());

  it('frees its port and its directory, and can be closed twice', async () => {
    const running = await nodes.start('n1');
    await Promise.all([running.close(), running.close()]);
    const { host, port } = nodes.address('n1');
    const error = await new Promise((resolve) => connect({ host, port }).on('error', resolve));
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    const again = await nodes.start('n1');
    await again.close();
    rmSync(join(nodes.directory, 'n1'), { recursive: true });
  });

  it('is inert: nothing that it was asked for ever happens, and no promise of it ever settles', async () => {
    const [one, two] = [await nodes.start('n1'), await nodes.start('n2')];
    const happened: string[] = [];
    const note = (what: string) => (): void => void happened.push(what);
    two.host.serve({ hold: () => new Promise(() => undefined) });
    const { host } = one;
    const n2 = host.peer<Service>('n2');
    n2.hold('before', LONG).then(note('call'), note('failed call'));
    host.clock.sleep(1).then(note('sleep'), note('failed sleep'));
    host.clock.after(1, note('timer'));
    host.disk.read('x').then(note('read'), note('failed read'));
    const closing = one.close();
    const now = host.clock.now();
    n2.hold('after', LONG).then(note('late call'), note('failed late call'));
    host.peer<Service>('nobody').hold('x').then(note('senseless call'), note('failed senseless call'));
    host.disk.write({ a: 1 }).then(note('late write'), note('failed late write'));
    host.disk.read('a').then(note('late read'), note('failed late read'));
    host.disk.entries().then(note('late entries'), note('failed late entries'));
    host.clock.after(0, note('late timer')).cancel();
    host.clock.after(0, note('late timer'));
    host.serve({ hold: note('handler') });
    host.log.info('late line');
    await closing;
    expect(await codeOf(two.host.peer<Service>('n1').hold('to the dead', { timeoutMs: 20 }))).toBe(
      'unavailable',
    );
    await two.host.clock.sleep(20);
    expect(happened).toEqual([]);
    expect(host.clock.now()).toBe(now);
    expect(nodes.log.messages).not.toContain('late line');
  });

  it('keeps what its writes had confirmed', async () => {
    const running = await nodes.start('n1');
    const { disk } = running.host.scope('raft');
    await disk.write({ a: 1 });
    void disk.write({ b: 2 });
    await running.close();
    const again = (await nodes.start('n1')).host.scope('raft').disk;
    expect(await again.read('a')).toBe(1);
    expect([undefined, 2]).toContain(await again.read('b'));
  });

  it('drops the answers of its handlers', async () => {
    const [one, two] = [await nodes.start('n1'), await nodes.start('n2')];
    let answer: (text: string) => void = () => undefined;
    two.host.serve({ hold: () => new Promise((resolve) => (answer = resolve)) });
    const held = one.host.peer<Service>('n2').hold(undefined, LONG);
    await until(() => String(answer) !== String(() => undefined));
    const closing = two.close();
    answer('too late');
    await closing;
    expect(await codeOf(held)).toBe('unavailable');
  });
});

describe('a host', () => {
  let nodes: Nodes;
  beforeEach(async () => {
    nodes = await Nodes.prepare(1);
  });
  afterEach(() => nodes.close());

  it('is frozen, so that the layers of a node cannot change it for each other', async () => {
    const { host } = await nodes.start('n1');
    for (const part of [host, host.clock, host.random, host.disk, host.log, host.scope('a')])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it('says what fell off the end of its disk at a crash', async () => {
    const running = await nodes.start('n1');
    await running.host.disk.write({ a: 1 });
    await running.close();
    appendFileSync(join(nodes.directory, 'n1', 'disk.log'), 'LSr1 torn');
    const again = await nodes.start('n1');
    expect(await again.host.disk.read('a')).toBe(1);
    expect(nodes.log.messages).toContain('dropped 9 bytes of writes that a crash had left unfinished');
  });

  it('refuses batches that are no plain objects', async () => {
    const { host } = await nodes.start('n1');
    for (const batch of [null, 5, [], new Map(), new (class Batch {})()]) {
      expect(() => host.disk.write(batch as Record<string, unknown>)).toThrow(
        new TypeError('write() wants a plain object: names to values'),
      );
    }
    expect(() => host.serve(null as unknown as object)).toThrow(TypeError);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createMachine,
  decodeKvReply,
  encodeKvRequest,
  guestImage,
  type GuestName,
  type KvRequest,
} from '../src/index.ts';
import { Driver } from './driver.ts';

const start = (name: GuestName): Driver => {
  const driver = new Driver(createMachine({ image: guestImage(name) }));
  driver.run(50_000_000);
  return driver;
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Sends a request and has the reply. */
function ask(driver: Driver, request: KvRequest): string {
  driver.inject({ kind: 'packet', packet: encodeKvRequest(request) });
  driver.run();
  const reply = decodeKvReply(Buffer.from(driver.outputs.at(-1)?.packet ?? '', 'hex'));
  expect([reply?.client, reply?.number]).toEqual([request.client, request.number]);
  return [reply?.status, reply?.key, reply?.value].filter((part) => part !== '').join(' ');
}

describe('the guests that come with the machine', () => {
  it('are those that the build script wrote as files', () => {
    for (const name of ['echo', 'counter', 'gauge', 'kv', 'disk', 'compute', 'corners'] as const) {
      const file = readFileSync(new URL(`../guests/build/${name}.machine.elf`, import.meta.url));
      expect(Buffer.compare(file, guestImage(name))).toBe(0);
    }
  });

  it.each(['compute', 'corners'] as const)(
    '%s prints what an emulator once printed for its Linux build',
    (name) => {
      const expected = readFileSync(new URL(`expected/${name}.txt`, import.meta.url), 'utf8');
      expect(`${start(name).lines.join('\n')}\n`).toBe(expected);
    },
  );

  it('echo sends back packets of every size, in their order', () => {
    const driver = start('echo');
    const packets = [1, 2, 3, 4, 5, 63, 64, 1499, 1500].map((length) =>
      Uint8Array.from({ length }, (_, i) => (i * 7 + length) % 256),
    );
    for (const packet of packets) driver.inject({ kind: 'packet', packet });
    expect(driver.run()).toEqual({ kind: 'wfi' });
    expect(driver.outputs.map(({ packet }) => packet)).toEqual(packets.map(hex));
  });

  it('echo gets more packets at once than it has buffers for, and loses what the card has no room for', () => {
    const driver = start('echo');
    const packets = Array.from({ length: 64 }, (_, i) => Uint8Array.of(i, 1));
    for (const packet of packets) driver.inject({ kind: 'packet', packet });
    // The card's own queue is full now, as nothing has run.
    expect(driver.machine.inject({ kind: 'packet', packet: Uint8Array.of(1) })).toBe(false);
    driver.run();
    expect(driver.outputs.map(({ packet }) => packet)).toEqual(packets.map(hex));
  });

  it('counter counts', () => {
    const driver = start('counter');
    for (let i = 0; i < 3; i++)
      driver.inject({ kind: 'packet', packet: Uint8Array.of(9, 0, 0, 0, i, 0, 0, 0) });
    driver.run();
    expect(driver.outputs.map(({ packet }) => packet)).toEqual([
      '090000000000000001000000',
      '090000000100000002000000',
      '090000000200000003000000',
    ]);
  });

  it('gauge counts the packets that interrupt its work, too', () => {
    const driver = start('gauge');
    const packet = (number: number): Uint8Array => Uint8Array.of(9, 0, 0, 0, number, 0, 0, 0, 0, 16, 0, 0);
    driver.inject({ kind: 'packet', packet: packet(1) });
    driver.run(driver.machine.instructionCount + 10_000);
    driver.inject({ kind: 'packet', packet: packet(2) });
    driver.run();
    driver.inject({ kind: 'packet', packet: packet(3) });
    driver.run();
    expect(driver.outputs.map(({ packet: sent }) => sent.slice(16))).toEqual([
      '02000000',
      '02000000',
      '03000000',
    ]);
  });

  it('disk reads what it wrote, whatever the order of completions and however often the disk fails', () => {
    const driver = start('disk');
    for (let pass = 0; pass < 12; pass++) {
      driver.inject({ kind: 'packet', packet: Uint8Array.of(1, 0, 0, 0, pass, 0, 0, 0) });
      for (let turn = 0; ; turn++) {
        const exit = driver.run();
        if (exit.kind === 'disk') continue;
        if (driver.machine.pendingDisk.length === 0) break;
        driver.completeDisk((turn + pass) % driver.machine.pendingDisk.length, (turn + pass) % 5 !== 0);
      }
    }
    expect(driver.outputs.map(({ packet }) => packet.slice(8, 24))).toEqual(
      Array.from({ length: 12 }, (_, pass) => hex(Uint8Array.of(pass, 0, 0, 0, 0, 0, 0, 0))),
    );
    expect(new Set(driver.outputs.map(({ packet }) => packet.slice(24))).size).toBe(12);
  });

  it('disk reports words that the disk has changed', () => {
    const driver = start('disk');
    driver.inject({ kind: 'packet', packet: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) });
    for (;;) {
      if (driver.run().kind !== 'wfi') continue;
      if (driver.machine.pendingDisk.length === 0) break;
      if (driver.machine.pendingDisk[0]?.operation === 'read') driver.disk.fill(0x55, 0, 8);
      driver.completeDisk();
    }
    expect(driver.outputs.map(({ packet }) => packet.slice(16, 24))).toEqual(['02000000']);
  });
});

describe('the key/value guest', () => {
  it('puts, gets and appends', () => {
    const driver = start('kv');
    let number = 0;
    const say = (operation: KvRequest['operation'], key: string, value = ''): string =>
      ask(driver, { client: 3, number: ++number, operation, key, value });
    expect(say('get', 'a')).toBe('none');
    expect(say('put', 'a', 'one')).toBe('ok');
    expect(say('append', 'a', ' two')).toBe('ok');
    expect(say('get', 'a')).toBe('ok one two');
    expect(say('append', 'ä', 'new')).toBe('ok');
    expect(say('get', 'ä')).toBe('ok new');
    expect(say('put', 'a', 'x'.repeat(512))).toBe('ok');
    expect(say('append', 'a', 'y')).toBe('full');
    expect(say('put', 'k'.repeat(33), '')).toBe('bad');
  });

  it('makes keys that are random', () => {
    const driver = start('kv');
    const [, key = ''] = ask(driver, {
      client: 1,
      number: 1,
      operation: 'create',
      key: '',
      value: 'v',
    }).split(' ');
    expect(key).toMatch(/^[0-9a-f]{8}$/);
    expect(ask(driver, { client: 1, number: 2, operation: 'get', key, value: '' })).toBe('ok v');
    expect(driver.log.filter(({ input }) => input.kind === 'entropy').length).toBe(2);
  });

  it('executes a repeated request once, and forgets late ones', () => {
    const driver = start('kv');
    const append: KvRequest = { client: 1, number: 1, operation: 'append', key: 'a', value: 'x' };
    for (let i = 0; i < 3; i++) expect(ask(driver, append)).toBe('ok');
    expect(ask(driver, { client: 1, number: 2, operation: 'get', key: 'a', value: '' })).toBe('ok x');
    driver.inject({ kind: 'packet', packet: encodeKvRequest(append) });
    driver.run();
    expect(driver.outputs.length).toBe(4);
  });

  it('holds as many keys as it says', () => {
    const driver = start('kv');
    for (let i = 0; i < 129; i++) {
      const answer = ask(driver, { client: 1, number: i + 1, operation: 'put', key: `k${i}`, value: `${i}` });
      expect(answer).toBe(i < 128 ? 'ok' : 'full');
    }
    for (let i = 0; i < 128; i++)
      expect(ask(driver, { client: 2, number: i + 1, operation: 'get', key: `k${i}`, value: '' })).toBe(
        `ok ${i}`,
      );
  });

  it('lets keys expire when its timer fires and its clock agrees', () => {
    const driver = start('kv');
    ask(driver, { client: 1, number: 1, operation: 'put', key: 'short', value: 's', ttlMs: 10 });
    expect(driver.machine.timer?.delayUs).toBe(10_000);
    ask(driver, { client: 1, number: 2, operation: 'put', key: 'long', value: 'l', ttlMs: 5_000_000 });
    expect(driver.machine.timer?.delayUs).toBe(9_000);
    driver.now += 10_000;
    driver.inject({ kind: 'timer' });
    driver.run();
    expect(ask(driver, { client: 1, number: 3, operation: 'get', key: 'short', value: '' })).toBe('none');
    expect(ask(driver, { client: 1, number: 4, operation: 'get', key: 'long', value: '' })).toBe('ok l');
    // More than 2^32 µs are left: it sleeps for that long and then looks again.
    expect(driver.machine.timer?.delayUs).toBe(0xffff_ffff);
  });
});

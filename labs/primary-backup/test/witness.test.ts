import { describe, expect, it } from 'vitest';
import { IN_DOUBT_MS } from '../src/numbers.ts';
import { clockAt, Servers } from './servers.ts';
import type { Server } from './servers.ts';

/** A primary and a backup, whose guests send back each packet. */
function two(): { servers: Servers; primary: Server; backup: Server } {
  const servers = new Servers('n1', 'n2', 'n3');
  return { servers, primary: servers.boot('n1'), backup: servers.boot('n2') };
}

describe('what the world sees (§2.2)', () => {
  it('is one machine when the backup has what led to each packet', () => {
    const { servers, primary, backup } = two();
    primary.packet(1);
    backup.inject({ kind: 'packet', packet: Uint8Array.of(1) });
    primary.send(1);
    servers.won('n2', 2);
    // In doubt: it may not have left.
    backup.send(1);
    backup.packet(2);
    backup.send(2);
    expect(servers.verdict()).toBeUndefined();
  });

  it('includes no packet of a dead branch', () => {
    const { servers, primary, backup } = two();
    primary.packet(1);
    primary.send(1);
    servers.won('n2', 2);
    backup.packet(2);
    expect(servers.violation).toMatchObject({ kind: 'safety', property: 'single-machine equivalence' });
    expect(servers.violation?.message).toContain(
      'packet 1 (01), which the machine that is live now never sends',
    );
  });

  it('includes no packet that the survivor never comes to send', () => {
    const { servers, primary } = two();
    primary.packet(1);
    primary.send(1);
    servers.won('n2', 2);
    expect(servers.violation).toBeUndefined();
    expect(servers.verdict()?.property).toBe('single-machine equivalence');
  });

  it('includes every packet of the survivor, also those that its predecessor was to send', () => {
    const { servers, primary, backup } = two();
    primary.packet(1);
    backup.inject({ kind: 'packet', packet: Uint8Array.of(1) });
    servers.won('n2', 2);
    backup.packet(2);
    backup.send(2);
    expect(servers.verdict()).toMatchObject({ property: 'no packet lost' });
  });

  it('ends with the last server that has the machine: what is not out by then is lost with it', () => {
    const { servers, primary } = two();
    primary.packet(1);
    servers.see({ kind: 'gave-up', text: '' });
    expect(servers.verdict()).toBeUndefined();
  });

  it('includes packets that were lost with the primary before anybody had heard of them in no way', () => {
    const { servers, primary, backup } = two();
    primary.packet(1);
    servers.won('n2', 2);
    backup.packet(2);
    backup.send(1);
    expect(servers.verdict()).toBeUndefined();
  });

  it('includes no packet twice, but in doubt at a failover', () => {
    const again = two();
    again.primary.packet(1);
    again.primary.send(1);
    again.primary.send(1);
    expect(again.servers.violation?.message).toBe('n1 sent packet 1 a second time');

    const late = two();
    late.primary.packet(1);
    late.primary.send(1);
    late.backup.inject({ kind: 'packet', packet: Uint8Array.of(1) });
    late.servers.atMs = IN_DOUBT_MS + 100;
    late.servers.won('n2', 2);
    late.backup.send(1);
    expect(late.servers.violation).toMatchObject({ property: 'no packet twice', node: 'n2' });
  });

  it('includes nothing that no guest has sent', () => {
    const { servers, primary } = two();
    primary.packet(1);
    primary.send(1, 'ff');
    expect(servers.violation).toMatchObject({ property: 'genuine outputs', node: 'n1' });
  });
});

describe('who is live (§2.3)', () => {
  it('is nobody who has not won an epoch', () => {
    const { servers, primary, backup } = two();
    primary.packet(1);
    backup.inject({ kind: 'packet', packet: Uint8Array.of(1) });
    backup.send(1);
    expect(servers.violation?.message).toBe('n2 sent packet 1, and has never been live');
  });

  it('is nobody who takes the address for an epoch of another', () => {
    const { servers } = two();
    servers.won('n2', 2);
    servers.see({ kind: 'announced', text: '', server: 'n1', boot: 1, epoch: 2 });
    expect(servers.violation).toMatchObject({ property: 'one primary', node: 'n1' });
  });

  it('may be the same server again, once it has become the copy of its successor', () => {
    const { servers, primary, backup } = two();
    servers.won('n2', 2);
    backup.packet(1);
    backup.send(1);
    backup.save();
    primary.restore(backup);
    backup.packet(2);
    primary.inject({ kind: 'packet', packet: Uint8Array.of(2) });
    servers.won('n1', 3);
    primary.send(2);
    primary.packet(3);
    primary.send(3);
    expect(servers.verdict()).toBeUndefined();
  });

  it('keeps its packets to itself while it is a copy', () => {
    const { servers, primary, backup } = two();
    servers.won('n2', 2);
    backup.packet(1);
    backup.save();
    primary.restore(backup);
    primary.send(1);
    expect(servers.violation?.message).toBe('n1 sent packet 1, and is live no more');
  });
});

describe('replay (§2.1)', () => {
  it('gives a backup the inputs of its primary at their counts, and no others', () => {
    const other = two();
    other.primary.packet(1);
    other.backup.inject({ kind: 'packet', packet: Uint8Array.of(2) });
    expect(other.servers.violation).toMatchObject({ property: 'deterministic replay', node: 'n2' });

    const more = two();
    more.backup.packet(1);
    expect(more.servers.violation?.message).toContain('where the one it follows has had no further input');

    const elsewhere = two();
    elsewhere.primary.packet(1);
    const input = { kind: 'packet', packet: Uint8Array.of(1) } as const;
    elsewhere.backup.see({ kind: 'input', count: elsewhere.backup.count + 1, input });
    expect(elsewhere.servers.violation).toMatchObject({ property: 'deterministic replay', node: 'n2' });
  });

  it('leaves the two in the same states', () => {
    const { servers, primary, backup } = two();
    primary.see({ kind: 'checkpoint', count: 500, outputs: 0, hash: 'a' });
    backup.see({ kind: 'checkpoint', count: 500, outputs: 0, hash: 'b' });
    expect(servers.violation?.message).toBe('n2 is in another state at 500 than the machine that it follows');
  });

  it('restores only states in which a machine of the service was, and never one that is live', () => {
    const unknown = two();
    unknown.backup.restore(unknown.primary);
    expect(unknown.servers.violation).toMatchObject({ property: 'genuine state', node: 'n2' });

    const live = two();
    live.backup.save();
    live.primary.restore(live.backup);
    expect(live.servers.violation?.message).toBe('n1 is live, and set its machine to another state');
  });

  it('is done again in the end, and nobody’s word taken for what the guest did', () => {
    const { servers, primary } = two();
    primary.see({ kind: 'output-made', count: primary.count, number: 1, packet: '07' });
    primary.send(1, '07');
    expect(servers.violation).toBeUndefined();
    expect(servers.verdict()?.message).toBe('n1: a machine with its inputs does not send packet 1 as it did');
  });

  it('keeps the backup near', () => {
    const { servers, primary } = two();
    primary.see({ kind: 'ran', count: 1_000_000 + primary.count });
    expect(servers.violation).toBeUndefined();
    primary.see({ kind: 'ran', count: 1_000_001 + primary.count });
    expect(servers.violation).toMatchObject({ kind: 'budget', property: 'bounded lag' });
  });
});

describe('genuine inputs', () => {
  const faults: Readonly<Record<string, (server: Server) => void>> = {
    'a packet that was not delivered to it': (server) =>
      server.inject({ kind: 'packet', packet: Uint8Array.of(1) }),
    'a random word that its hardware has not drawn for it': (server) =>
      server.see({ kind: 'input', count: 1, input: { kind: 'entropy', word: 4 } }),
    'a disk completion that the storage has not given it': (server) =>
      server.see({ kind: 'input', count: 1, input: { kind: 'disk', id: 1, ok: true } }),
    'the guest’s timer fire 50 ms early': (server) => {
      server.see({ kind: 'timer-armed', count: 1, delayUs: 50_000 });
      server.see({ kind: 'input', count: 1, input: { kind: 'timer' } });
    },
    'told its guest a time that is 1200 ms off': (server) =>
      server.see({ kind: 'input', count: 1, input: clockAt(0, 1_200) }),
    'clock run back by 1000 µs': (server) => {
      server.see({ kind: 'input', count: 1, input: clockAt(0, 500) });
      server.see({ kind: 'input', count: 2, input: clockAt(0, 499) });
    },
  };

  it.each(Object.keys(faults))('are never %s', (name) => {
    const { servers, primary } = two();
    faults[name]?.(primary);
    expect(servers.violation).toMatchObject({ property: 'genuine inputs', node: 'n1' });
    expect(servers.violation?.message.replace("'", '’')).toContain(name);
  });

  it('are a clock that goes on where the predecessor’s was, on any server', () => {
    const { servers, primary, backup } = two();
    primary.see({ kind: 'input', count: 1, input: clockAt(0, 900) });
    backup.see({ kind: 'input', count: 1, input: clockAt(0, 900) });
    servers.won('n2', 2);
    backup.see({ kind: 'input', count: 2, input: clockAt(0, -900) });
    expect(servers.violation?.message).toBe("n2 let its guest's clock run back by 1800000 µs");
  });

  it('are not used twice', () => {
    const { servers, primary } = two();
    primary.packet(1);
    primary.inject({ kind: 'packet', packet: Uint8Array.of(1) });
    expect(servers.violation).toMatchObject({ property: 'genuine inputs', node: 'n1' });
  });
});

describe('the shared disk (§4.1)', () => {
  const write = (id: number, byte: number) =>
    ({ id, operation: 'write', sector: 0, sectors: 1, data: new Uint8Array(512).fill(byte) }) as const;
  const done = (server: string, id: number, byte: number) =>
    ({
      kind: 'disk-done',
      server,
      boot: 1,
      request: write(id, byte),
      completion: { kind: 'disk', id, ok: true },
    }) as const;

  it('holds no write that no guest has asked for', () => {
    const { servers } = two();
    servers.see(done('n1', 1, 7));
    expect(servers.violation).toMatchObject({ property: 'genuine outputs', node: 'n1' });
  });

  it('holds nothing of a write that has failed', () => {
    const { servers, primary } = two();
    primary.see({ kind: 'request-made', count: 1, request: write(1, 7) });
    servers.see({ ...done('n1', 1, 7), completion: { kind: 'disk', id: 1, ok: false } });
    servers.won('n2', 2);
    expect(servers.verdict()).toBeUndefined();
  });

  it('holds no write of a dead branch', () => {
    const { servers, primary, backup } = two();
    primary.see({ kind: 'request-made', count: 1, request: write(1, 7) });
    servers.see(done('n1', 1, 7));
    servers.won('n2', 2);
    backup.see({ kind: 'request-made', count: 1, request: write(1, 8) });
    expect(servers.violation?.message).toContain('the disk holds write 1 of a machine that is gone');
  });
});

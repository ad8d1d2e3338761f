import { describe, expect, it } from 'vitest';
import { createMachine, encodeKvRequest, guestImage, type GuestName, type KvRequest } from '../src/index.ts';
import { Driver, replay } from './driver.ts';
import { makeDraw, type Draw } from './random-program.ts';

const OPERATIONS: readonly KvRequest['operation'][] = ['get', 'put', 'append', 'create'];

function drawRequest(draw: Draw, number: number): Uint8Array {
  const operation = OPERATIONS[draw(4)] ?? 'get';
  const key = operation === 'create' ? '' : `k${draw(20)}`;
  const value = operation === 'get' ? '' : 'v'.repeat(draw(60));
  const ttlMs = draw(3) === 0 ? 1 + draw(50) : 0;
  return encodeKvRequest({ client: 1 + draw(16), number, operation, key, value, ttlMs });
}

/** Inputs at counts that fall anywhere: into the handler, into a copy loop, beside an output. */
function record(name: GuestName, seed: number): Driver {
  const draw = makeDraw(seed);
  const driver = new Driver(createMachine({ image: guestImage(name) }));
  for (let i = 1; i <= 500; i++) {
    driver.run(driver.machine.instructionCount + draw(3000));
    const choice = draw(5);
    if (choice < 3) driver.inject({ kind: 'packet', packet: drawRequest(draw, i) });
    else if (choice === 3 && driver.machine.timer !== undefined) driver.inject({ kind: 'timer' });
    else if (driver.machine.pendingDisk.length > 0)
      driver.completeDisk(draw(driver.machine.pendingDisk.length), draw(8) > 0);
  }
  return driver;
}

describe('a recording', () => {
  it.each(['echo', 'counter', 'kv', 'disk'] as const)(
    'of the guest %s leads another machine to the same outputs, at the same counts, and to the same state',
    (name) => {
      for (let seed = 1; seed <= 5; seed++) {
        const { machine, log, outputs } = record(name, seed);
        expect(outputs.length).toBeGreaterThan(1);
        const other = createMachine({ image: guestImage(name) });
        const replayed = replay(other, log, machine.instructionCount);
        expect(replayed.outputs).toEqual(outputs);
        expect(other.stateHash()).toBe(machine.stateHash());
      }
    },
  );

  it('gives the same hashes at each input when it is replayed, and others when one input is a count late', () => {
    const { machine, log } = record('kv', 7);
    const end = machine.instructionCount;
    const first = replay(createMachine({ image: guestImage('kv') }), log, end);
    const second = replay(createMachine({ image: guestImage('kv') }), log, end);
    expect(second.hashes).toEqual(first.hashes);
    const index = log.findIndex(
      ({ at, input }, i) => input.kind === 'packet' && (log[i + 1]?.at ?? 0) > at + 1 && i > 5,
    );
    const late = log.map((entry, i) => (i === index ? { ...entry, at: entry.at + 1 } : entry));
    const shifted = createMachine({ image: guestImage('kv') });
    try {
      const { hashes } = replay(shifted, late, end);
      expect(hashes.slice(index + 1)).not.toEqual(first.hashes.slice(index + 1));
    } catch (error) {
      // It may also have waited already, or read its clock at another count.
      expect((error as Error).message).toMatch(/^The replay (asks|is at)/);
    }
  });

  it('goes on from a snapshot taken anywhere', () => {
    for (const name of ['kv', 'disk'] as const) {
      const { machine, log, outputs } = record(name, 3);
      for (const cut of [1, 20, Math.floor(log.length / 2), log.length - 1]) {
        const before = createMachine({ image: guestImage(name) });
        replay(before, log.slice(0, cut), log[cut]?.at ?? machine.instructionCount);
        const after = createMachine({ image: guestImage('echo') });
        after.restore(before.snapshot());
        expect(after.stateHash()).toBe(before.stateHash());
        const rest = replay(after, log.slice(cut), machine.instructionCount);
        expect(after.stateHash()).toBe(machine.stateHash());
        expect(rest.outputs).toEqual(outputs.slice(outputs.length - rest.outputs.length));
      }
    }
  });

  it('keeps packets that wait, requests under way and completions that nobody has seen', () => {
    const packet = (number: number): Uint8Array => Uint8Array.of(1, 0, 0, 0, number, 0, 0, 0);
    const driver = new Driver(createMachine({ image: guestImage('disk') }));
    driver.run();
    driver.inject({ kind: 'packet', packet: packet(1) });
    while (driver.machine.pendingDisk.length < 3) driver.run();
    // No instruction runs any more, so what is queued stays with the devices.
    driver.completeDisk(1);
    driver.completeDisk(1, false);
    for (const number of [2, 3]) driver.inject({ kind: 'packet', packet: packet(number) });
    const copy = new Driver(createMachine({ image: guestImage('disk') }));
    copy.machine.restore(driver.machine.snapshot());
    expect(copy.machine.pendingDisk).toEqual(driver.machine.pendingDisk);
    copy.disk.set(driver.disk);
    for (const each of [driver, copy]) {
      while (each.run().kind !== 'wfi' || each.machine.pendingDisk.length > 0)
        if (each.machine.pendingDisk.length > 0) each.completeDisk();
    }
    // The answers carry words that the guest drew: only the client, the number and the count of errors are compared.
    const told = ({ outputs }: Driver): string[] => outputs.map((output) => output.packet.slice(0, 24));
    expect(told(copy)).toEqual(told(driver));
    expect(told(driver).length).toBe(3);
  });
});

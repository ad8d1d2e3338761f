import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createMachine, encodeKvRequest, guestImage, type GuestName, type Input } from '../src/index.ts';
import { Driver } from './driver.ts';
import { makeDraw } from './random-program.ts';

const EMULATOR = 'qemu-riscv32';
const hasEmulator = spawnSync(EMULATOR, ['--version']).status === 0;
const why = hasEmulator ? '' : ` (skipped: there is no ${EMULATOR} here; Debian has it in qemu-user)`;

/** Runs the guest's Linux build; what it printed, and its packets. */
function runEmulated(name: GuestName, inputs: readonly Input[]): { packets: string[]; lines: string[] } {
  const frames = inputs.map((input) => {
    const bytes = input.kind === 'packet' ? input.packet : new Uint8Array(0);
    const header = Buffer.alloc(8);
    header.writeUInt32LE(input.kind === 'packet' ? 0 : 1, 0);
    header.writeUInt32LE(bytes.length, 4);
    return Buffer.concat([header, bytes]);
  });
  const file = fileURLToPath(new URL(`../guests/build/${name}.linux.elf`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(EMULATOR, [file], { input: Buffer.concat(frames) });
  expect(status).toBe(0);
  const packets: string[] = [];
  for (let at = 0; at < stdout.length; ) {
    const length = stdout.readUInt32LE(at);
    packets.push(stdout.subarray(at + 4, at + 4 + length).toString('hex'));
    at += 4 + length;
  }
  return { packets, lines: stderr.toString().split('\n').slice(0, -1) };
}

/** Runs the guest on the machine, with each input when the one before has been dealt with. */
function runHere(name: GuestName, inputs: readonly Input[]): { packets: string[]; lines: string[] } {
  const driver = new Driver(createMachine({ image: guestImage(name) }));
  const settle = (): void => {
    for (;;) {
      const { kind } = driver.run();
      if (kind === 'halt') return;
      if (kind !== 'wfi') continue;
      if (driver.machine.pendingDisk.length === 0) return;
      driver.completeDisk();
    }
  };
  settle();
  for (const input of inputs) {
    driver.inject(input);
    settle();
  }
  return { packets: driver.outputs.map(({ packet }) => packet), lines: driver.lines };
}

/** Requests of all kinds, keys that expire, and timers while one is armed. */
function kvInputs(): Input[] {
  const draw = makeDraw(11);
  const inputs: Input[] = [];
  for (let number = 1; number <= 400; number++) {
    const operation = (['get', 'put', 'append', 'create'] as const)[draw(4)] ?? 'get';
    const key = operation === 'create' ? '' : `key ${draw(12)}`;
    const value = operation === 'get' ? '' : 'abc'.repeat(draw(40));
    // A timer that is never disarmed: the first request has a key that outlives them all.
    const ttlMs = number === 1 ? 1_000_000 : draw(2) * (1 + draw(20));
    const first = number === 1 ? { operation: 'put' as const, key: 'forever', value: 'x' } : {};
    const request = { client: 1 + draw(16), number, operation, key, value, ttlMs, ...first };
    inputs.push({ kind: 'packet', packet: encodeKvRequest(request) });
    if (draw(4) === 0) inputs.push({ kind: 'timer' });
  }
  return inputs;
}

const numbered = (count: number): Input[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'packet' as const,
    packet: Uint8Array.of(1, 0, 0, 0, i, 0, 0, 0),
  }));

describe(`compiled C, next to what ${EMULATOR} makes of it${why}`, () => {
  const cases: [GuestName, readonly Input[]][] = [
    ['echo', numbered(20)],
    ['counter', numbered(20)],
    ['gauge', numbered(20)],
    ['kv', kvInputs()],
    ['disk', numbered(9)],
    ['compute', []],
    ['corners', []],
  ];
  // tidy-allow hidden-test: the emulator is no dependency of ours; the title says that it was not there
  it.skipIf(!hasEmulator).each(cases)('%s says the same', (name, inputs) => {
    const here = runHere(name, inputs);
    expect(here.packets.length + here.lines.length).toBeGreaterThan(8);
    expect(here).toEqual(runEmulated(name, inputs));
  });
});

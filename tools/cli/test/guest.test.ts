import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Io } from '../src/io.ts';
import { run } from '../src/run.ts';
import { ROOT } from './run-cli.ts';

async function guestRun(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const lines: { out: string[]; err: string[] } = { out: [], err: [] };
  const io: Io = {
    out: (text) => void lines.out.push(text),
    err: (text) => void lines.err.push(text),
    colors: createColors(false),
    errColors: createColors(false),
    columns: 110,
    ascii: false,
    isLive: false,
  };
  const status = await run(['guest', 'run', ...args], io);
  return { status, out: lines.out.join('\n'), err: lines.err.join('\n') };
}

const built = (name: string): string => join(ROOT, 'libs/guest-machine/guests/build', name);

describe('lockstep guest run', () => {
  test('0: a program prints its lines and switches the machine off', async () => {
    const { status, out, err } = await guestRun(built('compute.machine.elf'));
    expect([status, out.split('\n').length]).toEqual([0, 20]);
    expect(err).toMatch(/^switched off with code 0 after 32,5\d\d,\d\d\d instructions$/);
  });

  test('0: a test that ends by storing 1 to tohost', async () => {
    expect((await guestRun(built('tohost-pass.elf'))).status).toBe(0);
  });

  test('1: a test that stores the number of its failure', async () => {
    const { status, err } = await guestRun(built('tohost-fail.elf'));
    expect(status).toBe(1);
    expect(err).toMatch(/^switched off with code 5 /);
  });

  test('2: a file that is no such program', async () => {
    const file = join(tmpdir(), 'lockstep-no.elf');
    writeFileSync(file, 'no');
    expect(await guestRun(file)).toMatchObject({
      status: 2,
      err: expect.stringContaining("can't be loaded: it is no ELF file."),
    });
    expect((await guestRun(built('nothing.elf'))).err).toContain("can't be read (ENOENT)");
  });

  test('4: a program that waits for a packet, or runs for longer than told', async () => {
    expect((await guestRun(built('echo.machine.elf'))).status).toBe(4);
    const { status, err } = await guestRun(built('compute.machine.elf'), '--instructions', '1000');
    expect([status, err]).toEqual([4, 'not finished after 1,000 instructions']);
  });
});

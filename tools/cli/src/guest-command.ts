import type { Command } from 'commander';
import type { GuestRunOptions } from './commands/guest.ts';
import type { Io } from './io.ts';
import { parseCount } from './options.ts';

/** Adds `lockstep guest run`. */
export function addGuest(program: Command, io: Io, settle: (status: number) => void): void {
  const guest = program.command('guest').description('Run programs on the machine that is replicated.');
  guest
    .command('run')
    .description('Run a program by itself: its own disk, no network, the real clock.')
    .argument('<file.elf>', 'a 32-bit RISC-V executable (RV32IM), see libs/guest-machine')
    .option('--memory <kib>', 'memory in KiB, a multiple of 4', parseCount, 1024)
    .option('--instructions <n>', 'stop after so many', parseCount, 1_000_000_000)
    .action(async (file: string, options: GuestRunOptions) => {
      const { runGuest } = await import('./commands/guest.ts');
      settle(await runGuest(io, file, options));
    });
  for (const command of guest.commands) command.copyInheritedSettings(guest);
}

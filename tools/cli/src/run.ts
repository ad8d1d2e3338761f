import { visibleText } from '@lockstep/test-harness/trace';
import { CommanderError } from 'commander';
import { EXIT, OurFault, UsageError } from './exit.ts';
import type { Io } from './io.ts';
import { writeFault } from './our-fault.ts';
import { makeProgram } from './program.ts';

/** Runs one command. Resolves with the exit status; never rejects, and never shows a stack of ours. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let status: number = EXIT.ok;
  try {
    const program = makeProgram(io, (result) => {
      status = result;
    });
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    return statusFor(error, io);
  }
}

function statusFor(error: unknown, io: Io): number {
  // Commander has written its help, or its complaint, already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    io.err(`lockstep: ${error.message}`);
    return EXIT.usage;
  }
  const [message, details] = describeFault(error);
  const file = writeFault(details);
  const where = file === undefined ? '' : ` The details are in ${file}; please report them.`;
  io.err(`lockstep: ${message}${where}`);
  return EXIT.fault;
}

function describeFault(error: unknown): [message: string, details: string] {
  if (error instanceof OurFault) return [error.message, error.details];
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return [
    `Something went wrong inside Lockstep itself: ${visibleText(first.slice(0, 300))}.`.replace(/\.\.$/, '.'),
    details,
  ];
}

import { Option, type Command } from 'commander';
import type { CheckOptions } from './commands/check.ts';
import type { Io } from './io.ts';
import { parseCount } from './options.ts';

/** Adds `lockstep check`. */
export function addCheck(program: Command, io: Io, settle: (status: number) => void): void {
  program
    .command('check')
    .description('Check a recorded history: is it linearizable?')
    .argument('<history.jsonl>', 'one JSON object a line, see docs/histories.md; - for the standard input')
    .addOption(new Option('--model <name>', 'what the history is of, see docs/histories.md').default('kv'))
    .option('--limit-ms <n>', 'give up after this time: the outcome is then unknown', parseCount)
    .option('--html <file>', 'draw the history, as one HTML file')
    .option('--json', 'print JSON (lockstep-check/1, see docs/histories.md)')
    .action(async (file: string, options: CheckOptions) => {
      const { checkHistory } = await import('./commands/check.ts');
      settle(await checkHistory(io, file, options));
    });
}

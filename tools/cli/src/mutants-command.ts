import { Option, type Command } from 'commander';
import type { MutantsOptions } from './commands/mutants.ts';
import type { Io } from './io.ts';
import { collect, GRADER_SEEDS, parseCount } from './options.ts';

/** Adds `lockstep mutants`. */
export function addMutants(program: Command, io: Io, settle: (status: number) => void): void {
  program
    .command('mutants')
    .description(
      'Change the reference in every small way, one at a time, and show which changes the suite does not notice.',
    )
    .argument('<lab>', 'the lab, e.g. raft')
    .addOption(new Option('--seeds <n>', 'seeds for each test').default(GRADER_SEEDS).argParser(parseCount))
    .option('--sample <n>', 'only so many mutants, the same ones each time', parseCount)
    .option(
      '--file <path>',
      "only mutants of this file of the library's src folder, or one such as @lockstep/rsm/rsm.ts; may be repeated",
      collect,
    )
    .option('--operator <name>', 'only changes of this kind, e.g. "left out"; may be repeated', collect)
    .option(
      '--again <file>',
      'only the unexplained survivors of an earlier run, from what it wrote with --json',
    )
    .option('--part <letter>', 'only the tests of this part')
    .option('--jobs <n>', 'children at the same time (default: one a core)', parseCount)
    .option('--json <file>', 'write the outcomes as JSON (lockstep-mutants/1, see docs/results-schema.md)')
    .addHelpText(
      'after',
      `
A survivor is explained by an entry of labs/<lab>/mutants.json, or ends the command with status 1; the first seed is
enough for an explained one. Mutants that do not compile do not count.`,
    )
    .action(async (lab: string, options: MutantsOptions) => {
      const { mutants } = await import('./commands/mutants.ts');
      settle(await mutants(io, lab, options));
    });
}

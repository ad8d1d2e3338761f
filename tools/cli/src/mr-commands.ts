import { Option, type Command } from 'commander';
import type { MrInputOptions } from './commands/mr-input.ts';
import type { MrRunOptions } from './commands/mr-run.ts';
import type { Io } from './io.ts';
import { collect, parseBytes, parseCount } from './options.ts';

type Settle = (status: number) => void;

/** Adds `lockstep mr`, which runs MapReduce jobs on processes of this machine. */
export function addMr(program: Command, io: Io, settle: Settle): void {
  const mr = program.command('mr').description('Run MapReduce jobs for real, on processes of this machine.');
  addRun(mr, io, settle);
  addInput(mr, io, settle);
  mr.command('apps')
    .description('List the applications that come with Lockstep.')
    .action(async () => {
      const { mrApps } = await import('./commands/mr-apps.ts');
      settle(mrApps(io));
    });
}

function addRun(mr: Command, io: Io, settle: Settle): void {
  mr.command('run')
    .description(
      'Run a job: a coordinator and workers, each a process. The same command again finishes what was interrupted.',
    )
    .argument('<app>', 'an application: a name of `mr apps`, or a TypeScript file that exports `app`')
    .argument('<input...>', 'text files, or folders of them')
    .requiredOption('--out <folder>', 'where the outputs go: part-00000 and so on')
    .addOption(new Option('--workers <n>', 'worker processes (default: one a core)').argParser(parseCount))
    .addOption(new Option('--reduce <r>', 'reduce tasks, and so outputs').default(4).argParser(parseCount))
    .option(
      '--split <bytes>',
      'how much of an input one map task covers, e.g. 16MB (default: 32 MiB)',
      parseBytes,
    )
    .option('--set <name=value>', 'an option of the application; may be repeated', collect)
    .addOption(
      new Option('--sequential', 'one process, and one task after the other: the reference answer').conflicts(
        'workers',
      ),
    )
    .option('--json', 'print the outcome as JSON (lockstep-mr-run/1)')
    .action(async (app: string, inputs: string[], options: MrRunOptions) => {
      const { mrRun } = await import('./commands/mr-run.ts');
      settle(await mrRun(io, app, inputs, options));
    });
}

function addInput(mr: Command, io: Io, settle: Settle): void {
  mr.command('input')
    .description('Generate text to run jobs on; the same seed gives the same bytes.')
    .argument('<folder>', 'where text-00.txt and so on go')
    .option('--seed <seed>', 'any text', '1')
    .addOption(new Option('--files <n>', 'how many files').default(8).argParser(parseCount))
    .addOption(new Option('--bytes <n>', 'how much in all').default(30_000_000, '30MB').argParser(parseBytes))
    .addOption(new Option('--words <n>', 'distinct words').default(20_000).argParser(parseCount))
    .action(async (folder: string, options: MrInputOptions) => {
      const { mrInput } = await import('./commands/mr-input.ts');
      settle(await mrInput(io, folder, options));
    });
}

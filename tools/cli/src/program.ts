import { Command, Option } from 'commander';
import { addCheck } from './check-command.ts';
import type { BugsOptions } from './commands/bugs.ts';
import type { ExploreOptions } from './commands/explore.ts';
import type { GradeOptions } from './commands/grade.ts';
import type { ReplayOptions } from './commands/replay.ts';
import type { TestOptions } from './commands/test.ts';
import { EXIT_HELP } from './exit.ts';
import { addGuest } from './guest-command.ts';
import type { Io } from './io.ts';
import { addMutants } from './mutants-command.ts';
import { addMr } from './mr-commands.ts';
import { collect, GRADER_SEEDS, parseCount, parseTime, WINDOW_ROWS } from './options.ts';

/** What the options of `replay` alone do not say. */
const REPLAY_HELP = `
Rows are cut to the width of the terminal, up to 160 columns; COLUMNS=200 before the command makes them
wider, up to 240. Ctrl-C ends --shrink, and keeps the smallest run found so far.`;

/** Tells the status that a command ends with. */
type Settle = (status: number) => void;

/**
 * The commands and their options. What a command does is loaded when it is called: the help is there at once.
 */
export function makeProgram(io: Io, settle: Settle): Command {
  const program = new Command('lockstep')
    .description('Graded distributed-systems labs: run a lab, study a failure, grade submissions.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'lockstep: ')),
    })
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_HELP);
  addLabs(program, io, settle);
  addTest(program, io, settle);
  addGrade(program, io, settle);
  addReplay(program, io, settle);
  addBugs(program, io, settle);
  addMutants(program, io, settle);
  addExplore(program, io, settle);
  addNew(program, io, settle);
  addCheck(program, io, settle);
  addGuest(program, io, settle);
  addMr(program, io, settle);
  for (const command of program.commands.flatMap((command) => [command, ...command.commands]))
    command.copyInheritedSettings(program).addHelpText('after', EXIT_HELP);
  return program;
}

function addLabs(program: Command, io: Io, settle: Settle): void {
  program
    .command('labs')
    .description('List the labs with their parts, tests and points.')
    .option('--json', 'print JSON (lockstep-labs/1, see docs/results-schema.md)')
    .action(async (options: { readonly json?: true }) => {
      const { labs } = await import('./commands/labs.ts');
      settle(await labs(io, options));
    });
}

function addTest(program: Command, io: Io, settle: Settle): void {
  program
    .command('test')
    .description("Run a lab's tests on an implementation, and show what fails.")
    .argument('<lab>', 'the lab, e.g. raft')
    .option('--impl <folder>', 'the implementation to test (default: the reference)')
    .option('--patch <file>', 'test the reference with this bug file applied')
    .option('--with <layer=folder>', 'the implementation of a layer below, or layer=reference', collect)
    .option('--suite <file>', "a file with further tests, beside the lab's own; may be repeated", collect)
    .option('--part <letter>', 'only this part')
    .option('--test <pattern>', 'only tests whose id is this, contains it, or matches it (with *)')
    .addOption(new Option('--seeds <n>', 'run each test with n seeds').default(5).argParser(parseCount))
    .addOption(
      new Option('--first-seed <n>', 'the first of them, so that a long run can be split')
        .default(1)
        .argParser(parseCount),
    )
    .addOption(
      new Option('--seed <seed>', 'run each test with this one seed').conflicts(['seeds', 'firstSeed']),
    )
    .option('--jobs <n>', 'children at the same time (default: one a core)', parseCount)
    .option('--json <file>', 'write the results as JSON (lockstep-test/1, see docs/results-schema.md)')
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--bail', 'stop at the first failure')
    .option('--watch', 'run again whenever a file of the implementation changes')
    .action(async (lab: string, options: TestOptions) => {
      const { test } = await import('./commands/test.ts');
      settle(await test(io, lab, options));
    });
}

function addGrade(program: Command, io: Io, settle: Settle): void {
  program
    .command('grade')
    .description(
      'Grade submissions: folders or archives (.zip, .tgz, .tar.gz) with an entry file such as raft.ts.',
    )
    .argument(
      '<path...>',
      'submissions, or folders with one in each sub-folder or archive, as Canvas, Moodle and Gradescope export them',
    )
    .option('--config <file>', 'a grading.yaml: points, policy, secret, roster … (see docs/grading.md)')
    .option(
      '--lab <lab>',
      'grade this lab (default: those that anybody has handed in); may be repeated',
      collect,
    )
    .option('--seeds <n>', `seeds for each test (default: ${GRADER_SEEDS}, or as --config says)`, parseCount)
    .option(
      '--suite <[lab=]path>',
      'hidden tests: a suite file, or a folder with such; may be repeated',
      collect,
    )
    .option('--jobs <n>', 'submissions at the same time (default: one a core)', parseCount)
    .option(
      '--out <folder>',
      'where results.json, report.html, the failure files and the runs made so far go',
      '.lockstep/grade',
    )
    .option('--fresh', 'make every run again, also those that lie in the --out folder')
    .option(
      '--json',
      'print results.json instead of the table (lockstep-results/1, see docs/results-schema.md)',
    )
    .addOption(
      new Option(
        '--below <which>',
        "what lies below, unless grading.yaml says it: the references, or the student's own",
      )
        .choices(['reference', 'own'])
        .default('reference'),
    )
    .option('--expect <file>', 'compare with a file of expected scores (lockstep-expected/1)')
    .action(async (paths: string[], options: GradeOptions) => {
      const { grade } = await import('./commands/grade.ts');
      settle(await grade(io, paths, options));
    });
}

function addReplay(program: Command, io: Io, settle: Settle): void {
  program
    .command('replay')
    .description('Run a recorded failure again, exactly as it was, and show its timeline.')
    .argument('<failure.json>', 'a failure file, as test and grade write them')
    .option('--impl <folder>', 'the implementation (default: where the failure came from)')
    .option('--last <rows>', 'so many rows, up to the end of the run (default: 80)', parseCount)
    .addOption(
      new Option('--shrink', 'make the failure smaller while the same property breaks').conflicts(
        'inspectBrk',
      ),
    )
    .option('--inspect-brk', 'wait for a debugger, and lift every limit of real time')
    .option('--node <id>', 'with --inspect-brk: stop on this node')
    .option(
      '--from <time>',
      `list what happens from this virtual time on, e.g. 1.25s, in up to ${WINDOW_ROWS} rows; ` +
        'with --inspect-brk: stop there',
      parseTime,
    )
    .option('--to <time>', 'list up to this virtual time (without --from: from 0 on)', parseTime)
    .addHelpText('after', REPLAY_HELP)
    .action(async (file: string, options: ReplayOptions) => {
      const { replay } = await import('./commands/replay.ts');
      settle(await replay(io, file, options));
    });
}

function addBugs(program: Command, io: Io, settle: Settle): void {
  program
    .command('bugs')
    .description("Try the suite on the lab's catalogue of bugs: which tests catch which bug, and why.")
    .argument('<lab>', 'the lab, e.g. raft')
    .option('--bug <id>', 'only this bug; may be repeated', collect)
    .addOption(new Option('--seeds <n>', 'run every test with seeds 1 to n').default(3).argParser(parseCount))
    .option(
      '--rate <n>',
      'go on to n seeds, each until the first test fails: how likely is it that a grading catches the bug?',
      parseCount,
    )
    .option('--jobs <n>', 'children at the same time (default: one a core)', parseCount)
    .option('--json', 'print JSON (lockstep-bugs/2, see docs/results-schema.md)')
    .option('--refresh', 'run nothing: rewrite bugs that no longer fit the reference, by a three-way merge')
    .action(async (lab: string, options: BugsOptions) => {
      const { bugs } = await import('./commands/bugs.ts');
      settle(await bugs(io, lab, options));
    });
}

function addExplore(program: Command, io: Io, settle: Settle): void {
  program
    .command('explore')
    .description(
      'Explore tiny scenarios of a lab: every crash point, and delivery orders with few deviations from time order.',
    )
    .argument('<lab>', 'the lab, e.g. raft')
    .option('--scenario <name>', 'only this scenario; may be repeated', collect)
    .option('--max-schedules <n>', 'runs of each scenario at the most', parseCount, 1000)
    .option('--impl <folder>', 'the implementation to explore (default: the reference)')
    .option('--patch <file>', 'explore the reference with this bug file applied')
    .option(
      '--bug <id>',
      "look for this bug of the lab's catalogue, and say when it is found; may be repeated",
      collect,
    )
    .option('--seed <seed>', "the seed of the nodes' own randomness", '1')
    .option('--jobs <n>', 'children at the same time (default: one a core)', parseCount)
    .option('--all', 'go on after the first violation')
    .action(async (lab: string, options: ExploreOptions) => {
      const { explore } = await import('./commands/explore.ts');
      settle(await explore(io, lab, options));
    });
}

function addNew(program: Command, io: Io, settle: Settle): void {
  program
    .command('new')
    .description('Make a folder to work on a lab in. Adds to a folder that is there, and overwrites nothing.')
    .argument('<lab>', 'the lab, e.g. raft')
    .argument('[folder]', 'where (default: work/<lab> in the repository)')
    .action(async (lab: string, folder: string | undefined) => {
      const { makeWork } = await import('./commands/new.ts');
      settle(await makeWork(io, lab, folder));
    });
}

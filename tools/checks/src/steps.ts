import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBoundaries } from './boundaries.ts';
import { formatFinding, type Finding } from './finding.ts';
import { checkTidy } from './tidy/index.ts';
import { readTree, type Tree } from './tree.ts';

/** What one step found. */
export interface StepResult {
  /** Tests that passed; a step that is no test run has none to count. */
  readonly passed: number;
  /** Tests that failed; 1 for another step that failed. */
  readonly failed: number;
  /** Shown only when something failed; empty when it was shown already. */
  readonly output: string;
}

/** One thing that a verification does. */
export interface Step {
  readonly name: string;
  run(): Promise<StepResult>;
}

/** The compiler's programs: everything, the CommonJS plugin, and what students see, without Node's types. */
const PROGRAMS = ['tsconfig.json', 'tools/nx-plugin/tsconfig.json', 'tsconfig.student.json'];

/** The steps that look at the text of the repository, cheapest first. */
export function staticSteps(root: string): Step[] {
  let tree: Tree | undefined;
  const inspect = (name: string, check: (tree: Tree) => Finding[]): Step => ({
    name,
    run: async () => fromFindings(check((tree ??= readTree(root)))),
  });
  return [
    inspect('boundaries', checkBoundaries),
    inspect('tidy', checkTidy),
    command(root, 'format', ['prettier', '--check', '--log-level', 'warn', '.']),
    command(root, 'lint', ['oxlint', '--type-aware', '--deny-warnings']),
    { name: 'types', run: () => typeCheck(root) },
  ];
}

/** The one run of all vitest projects; `isFull` draws the many seeds that only a long run has time for. */
export function testStep(root: string, isFull: boolean): Step {
  return {
    name: 'tests',
    async run() {
      const folder = mkdtempSync(join(tmpdir(), 'lockstep-verify-'));
      const report = join(folder, 'vitest.json');
      try {
        const reporters = [
          isFull ? '--reporter=verbose' : '--reporter=default',
          '--reporter=json',
          `--outputFile.json=${report}`,
        ];
        const env = isFull ? { LOCKSTEP_FULL: '1' } : {};
        const { status, output } = await execute(root, ['vitest', 'run', ...reporters], env, isFull);
        return fromVitest(existsSync(report) ? readFileSync(report, 'utf8') : undefined, status, output);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The long checks of a package that are no vitest run: its npm script `test:full`. */
export function longSteps(root: string): Step[] {
  const tree = readTree(root);
  const folders = new Set(tree.files.map(({ path }) => path.split('/').slice(0, 2).join('/')));
  return [...folders, 'test-harness']
    .filter((folder) => tree.manifest(folder)?.scripts?.['test:full'] !== undefined)
    .map((folder) => ({
      name: `${tree.manifest(folder)?.name ?? folder} test:full`,
      run: async () =>
        fromStatus(await execute(root, ['npm', 'run', '--silent', 'test:full', '-w', folder], {}, true)),
    }));
}

interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** Counts a run from vitest's JSON report; a file that could not be loaded is one failure. */
export function fromVitest(report: string | undefined, status: number, output: string): StepResult {
  if (report === undefined) return { passed: 0, failed: 1, output: `${output}\nvitest wrote no report.` };
  const { success, numPassedTests, numFailedTests, testResults } = JSON.parse(report) as VitestReport;
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = numFailedTests + unloaded;
  const isUnexplained = failed === 0 && (!success || status !== 0);
  return { passed: numPassedTests, failed: isUnexplained ? 1 : failed, output };
}

function fromFindings(findings: readonly Finding[]): StepResult {
  return { passed: 0, failed: findings.length > 0 ? 1 : 0, output: findings.map(formatFinding).join('\n') };
}

function fromStatus({ status, output }: Execution): StepResult {
  return { passed: 0, failed: status === 0 ? 0 : 1, output };
}

async function typeCheck(root: string): Promise<StepResult> {
  const runs: Execution[] = [];
  for (const program of PROGRAMS)
    runs.push(await execute(root, ['tsc', '--noEmit', '--pretty', 'false', '-p', program]));
  return fromStatus({
    status: Math.max(...runs.map(({ status }) => status)),
    output: runs.map(({ output }) => output).join(''),
  });
}

function command(root: string, name: string, line: readonly string[]): Step {
  return { name, run: async () => fromStatus(await execute(root, line)) };
}

interface Execution {
  readonly status: number;
  readonly output: string;
}

/** Runs a program of this workspace and collects what it prints; what takes an hour is shown while it runs instead. */
function execute(
  root: string,
  [program = '', ...args]: readonly string[],
  env = {},
  isShown = false,
): Promise<Execution> {
  const local = join(root, 'node_modules/.bin', program);
  return new Promise((resolve) => {
    const child = spawn(existsSync(local) ? local : program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: unknown): void => {
      if (isShown) process.stderr.write(String(chunk));
      else output += String(chunk);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ status: 1, output: error.message }));
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}

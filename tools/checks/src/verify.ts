/**
 * `npm test`: every check of the repository, one line each, and the output of those that failed. The last line counts
 * this very run: `N passed, N failed`.
 *
 *   npm test                      everything
 *   npm test -- boundaries types  these steps alone
 *   npm run check                 everything but the tests
 *   npm run test:full             with the many seeds, and every package's own `test:full`; shows what it does
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { longSteps, staticSteps, testStep, type Step, type StepResult } from './steps.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { full: { type: 'boolean', default: false }, static: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const steps = [
    ...staticSteps(root),
    ...(values.static ? [] : [testStep(root, values.full)]),
    ...(values.full ? longSteps(root) : []),
  ];
  const unknown = positionals.find((name) => !steps.some((step) => step.name === name));
  if (unknown !== undefined) {
    print(`There is no step "${unknown}": choose from ${steps.map(({ name }) => name).join(', ')}.`);
    return 2;
  }
  const chosen = positionals.length === 0 ? steps : steps.filter(({ name }) => positionals.includes(name));
  const total = await runSteps(chosen);
  print(`${total.passed} passed, ${total.failed} failed`);
  const ranNothing = total.passed === 0 && chosen.some(({ name }) => name === 'tests');
  return total.failed > 0 || ranNothing ? 1 : 0;
}

async function runSteps(steps: readonly Step[]): Promise<{ passed: number; failed: number }> {
  let passed = 0;
  let failed = 0;
  for (const step of steps) {
    const began = performance.now();
    const result = await step.run();
    passed += result.passed;
    failed += result.failed;
    if (result.failed > 0 && result.output !== '') print(`\n${result.output.trim()}\n`);
    print(
      `${step.name.padEnd(12)}${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s   ${summary(result)}`,
    );
  }
  return { passed, failed };
}

function summary({ passed, failed }: StepResult): string {
  const counted = passed > 0 ? `${passed} passed` : '';
  return [counted, failed > 0 ? 'FAILED' : ''].filter((part) => part !== '').join(', ') || 'ok';
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main();

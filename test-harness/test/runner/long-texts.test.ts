import { describe, expect, it } from 'vitest';
import { runJob } from '../../src/runner/index.ts';
import { parseChildLine } from '../../src/runner/row-schema.ts';
import type { RunResult } from '../../src/runner/run.ts';
import type { Judge, Violation } from '../../src/suite/index.ts';
import { runSimulation } from '../../src/world/index.ts';
import { toyRun } from '../world/toy.ts';
import type { ToyProgram } from '../world/toy.ts';
import { jobFor, runOne } from './echo.ts';

const LONG = 'x'.repeat(20_000);

/** The parent of a child would believe that this is a row. */
function expectRow(result: RunResult): void {
  const line = JSON.stringify({ token: 't', kind: 'row', run: 0, wallMs: 1, result });
  expect(parseChildLine(line, 't')).toMatchObject({ kind: 'row' });
}

describe('a run has a row, however much the code under test says', () => {
  it('by paths of its files', async () => {
    const folder = Array.from({ length: 4 }, (_, i) => `${i}`.repeat(200)).join('/');
    const row = await runOne({
      'echo.ts': `import { dive } from './${folder}/deep.ts';
export default (host: any) => {
  host.clock.after(5, () => dive(20));
  return {};
};`,
      [`${folder}/deep.ts`]: `export const dive = (n: number): never => {
  if (n > 0) dive(n - 1);
  throw new Error('deep');
};`,
    });
    expect(row.verdict).toMatchObject({ kind: 'crash', message: 'n1 crashed: Error: deep', node: 'n1' });
    const stack = row.verdict.status === 'fail' ? (row.verdict.stack ?? '') : '';
    const frames = stack.split('\n');
    expect(frames).toHaveLength(12);
    for (const frame of frames) expect(frame).toMatch(/^at dive \(….{190,200}\/deep\.ts:\d+:\d+\)$/);
  });

  it.each([
    ['names of methods', `void host.peer('n2')[long]();`],
    ['arguments of such', `host.peer('n2')[long](() => 1).catch(() => undefined);`],
    ['errors', `throw Object.assign(new Error(long), { name: long });`],
    [
      'errors of handlers',
      `host.serve({ [long]: () => { throw new Error(long); } }); void host.peer('n1')[long]({});`,
    ],
    [
      'names of scopes',
      `let deep = host; for (let i = 0; i < 500; i++) deep = deep.scope('s'.repeat(60));
      deep.log.info(long, { [long]: long }); deep.serve({}); void deep.peer('n1').x({});`,
    ],
    ['keys on the disk', `void host.disk.write({ [long]: 1, [long + 1]: 2 }); void host.disk.read(long);`],
    [
      'names of functions',
      `const f = { [long]: () => { throw new Error('x'); } }; host.clock.after(1, () => f[long]!());`,
    ],
  ])('by %s', async (_, body) => {
    const code = `const long = 'x'.repeat(20_000);
export default (host: any) => { host.clock.after(5, () => { ${body} }); return {}; };`;
    const row = await runOne(code, { inspect: true });
    expect(row.trace?.length).toBeGreaterThan(0);
  });
});

it('a message says where it goes, however long its method is called', async () => {
  const code = `export default (host: any) => { void host.peer('n2')['x'.repeat(300)]({}); return {}; };`;
  const { trace = [] } = await runOne(code);
  const sent = trace.filter(({ kind, node }) => kind === 'send' && node === 'n1');
  expect(sent[0]?.text).toMatch(/^x{199}… \{\} → n2$/);
});

it('a fault of ours is told, however long its text is', async () => {
  const job = await jobFor('export default () => ({});', { runs: [{ test: LONG, seed: '1' }] });
  const { internalError } = await runJob(job, () => undefined);
  expect(internalError).toContain('the lab echo has no test "xxx');
});

describe('a verdict has a bounded length', () => {
  const broken: Violation = { kind: 'safety', property: LONG, message: LONG, node: LONG };
  const observing: ToyProgram = (_host, _servers, observe) => {
    observe({ kind: 'seen', text: LONG });
    return {};
  };
  const asked = (judge: Partial<Judge>): Judge => ({ property: 'p', observe: () => undefined, ...judge });
  const judged = (...judges: readonly Judge[]): Promise<RunResult> =>
    runSimulation(
      toyRun(observing, (world) => world.sleep(5), {
        lab: { judges: () => judges },
        options: { record: true },
      }),
    );

  it('whatever its stack is', async () => {
    const program: ToyProgram = () => {
      throw new Error('no');
    };
    const run = toyRun(program, (world) => world.sleep(5));
    const implementation = { ...run.implementation, describeStack: () => LONG };
    const result = await runSimulation({ ...run, implementation });
    expect(result.verdict).toMatchObject({ kind: 'crash', stack: `${'x'.repeat(7999)}…` });
  });

  it.each([
    ['at once', { observe: () => broken }],
    ['in the end', { finish: () => broken }],
  ])('whatever a judge finds %s', async (_, judge) => {
    const result = await judged(asked(judge));
    expect(result.verdict).toMatchObject({ status: 'fail', property: `${'x'.repeat(7999)}…` });
    expectRow(result);
  });

  it.each([
    ['at once', { observe: () => broken }],
    ['in the end', { finish: () => broken }],
  ])('whatever a look inside explains %s', async (_, judge) => {
    const failing = { finish: () => ({ ...broken, property: 'p', message: 'm' }) };
    const result = await judged(asked({ advisory: true, ...judge }), asked(failing));
    expect(result.verdict).toMatchObject({ property: 'p', explanation: { message: `${'x'.repeat(7999)}…` } });
    expectRow(result);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { osWalls, useOsWalls } from '../../src/runner/index.ts';
import { logsOf, runOne } from '../runner/echo.ts';

/** Calls `act` at every distance from the end of the stack: somewhere it runs out inside of our code. */
const AT_THE_EDGE = `
  const atTheEdge = (act: () => void): number => {
    let ends = 0;
    const dive = (): void => {
      try { dive(); } catch {}
      // On the way back up there is a little more room at each frame.
      if (ends < 3000) { try { act(); } catch {} ends++; }
    };
    dive();
    return ends;
  };`;

const CALLS: Record<string, string> = {
  'a call to a peer': `host.peer('n2').look({ a: [1, 2, { b: 'text' }] })`,
  'a write': `host.disk.write({ a: 1 })`,
  'a timer': `host.clock.after(1, () => {})`,
  'a sleep': `host.clock.sleep(1)`,
  'a log line': `host.log.info('x', { a: [1] })`,
  'a random number': `host.random.integer(1, 6)`,
};

describe('code that calls us with no stack left, where the engine throws', () => {
  beforeEach(() => useOsWalls('off'));
  afterEach(() => useOsWalls('auto'));

  it.each(Object.entries(CALLS))('fails for it, and for nothing of ours: %s', async (_name, call) => {
    const row = await runOne(`export default (host: any) => {
      ${AT_THE_EDGE}
      atTheEdge(() => { ${call}; });
      return {};
    };`);
    expect(row.verdict).toMatchObject({ status: 'fail', kind: 'crash', property: 'bounded stack' });
  });

  it('may run out of stack in its own code', async () => {
    const row = await runOne(`export default (host: any) => {
      const dive = (n: number): number => 1 + dive(n + 1);
      let caught = '';
      try { dive(0); } catch (error: any) { caught = error.name; }
      host.log.info('caught ' + caught);
      return {};
    };`);
    expect(row.verdict.status).toBe('pass');
    expect(logsOf(row)).toContain('caught RangeError');
  });

  it('may get errors that we mean to throw, as often as it likes', async () => {
    const row = await runOne(`export default (host: any) => {
      for (let i = 0; i < 100; i++) {
        try { host.clock.after('soon', () => {}); } catch {}
        try { host.disk.write({ a: () => 1 }); } catch {}
        try { host.random.integer(2, 1); } catch {}
        host.peer('n2').look({ get a() { throw new RangeError('mine'); } });
      }
      return {};
    };`);
    expect(row.verdict.status).toBe('pass');
  });
});

describe('a value that changes while it is read', () => {
  it('is refused with an error of its own, which nobody shares', async () => {
    const row = await runOne(`export default (host: any) => {
      const errors: any[] = [];
      for (let i = 0; i < 2; i++) {
        let reads = 0;
        try { host.disk.write({ get a() { return reads++ === 0 ? () => 1 : 1; } }); }
        catch (error) { errors.push(error); }
      }
      console.log(errors.length, errors[0] === errors[1], errors[0].message);
      return {};
    };`);
    expect(logsOf(row)[0]).toBe('2 false the batch changes while it is read');
  });
});

/** Whether the end of the stack is the process's here; elsewhere the engine throws an error, which code may catch. */
const isFatal = osWalls().includes('limits');
const TOO_DEEP = { status: 'fail', kind: 'crash', property: 'bounded stack' } as const;

const CATCHES = `let depth = 0;
  const dive = (n: number): number => { depth = n; return 1 + dive(n + 1); };
  try { dive(0); } END`;

describe('the end of the stack', () => {
  it.each([
    ['code that calls nothing of ours', CATCHES.replace('END', 'catch {}')],
    ['a promise', `(async () => { ${CATCHES.replace('END', 'finally {}')} })().catch(() => {});`],
    [
      'an iterator',
      `const returns = { next: () => ({ value: 1 }), return: () => { ${CATCHES.replace('END', 'finally {}')} } };
       try { for (const _ of { [Symbol.iterator]: () => returns } as any) throw 1; } catch {}`,
    ],
    ['a list of arguments', 'try { Math.max(...new Array(2_000_000).fill(1)); } catch {}'],
  ])('is not to be caught by %s', async (_who, code) => {
    const row = await runOne(`export default (host: any) => { ${code} return {}; };`);
    expect(row.verdict).toMatchObject(isFatal ? TOO_DEEP : { status: 'pass' });
  });

  it('has its place in the source, when nobody catches it', async () => {
    const row = await runOne(`const dive = (n: number): number => 1 + dive(n + 1);
      export default (host: any) => {
        if (host.id === 'n1') host.clock.after(20, () => { dive(0); });
        return {};
      };`);
    expect(row.verdict).toMatchObject({
      ...TOO_DEEP,
      property: isFatal ? 'bounded stack' : 'no crash',
      node: 'n1',
      atMs: 20,
      stack: expect.stringContaining('at dive (echo.ts:1') as string,
    });
    expect(row.trace?.filter(({ kind }) => kind === 'violation')).toHaveLength(1);
  });

  it('is told of a handler that came to it', async () => {
    const row = await runOne(`const dive = (n: number): number => 1 + dive(n + 1);
      export default (host: any) => {
        host.serve({ look: () => dive(0) });
        if (host.id === 'n1') host.clock.after(20, () => host.peer('n2').look().catch(() => {}));
        return {};
      };`);
    const message = expect.stringMatching(/the handler of look threw RangeError.*echo\.ts:1/) as string;
    expect(row.verdict).toMatchObject(isFatal ? { ...TOO_DEEP, node: 'n2', message } : { status: 'pass' });
  });

  it('is far away: calls may go five thousand deep', async () => {
    const row = await runOne(`export default () => {
      const add = (n: number): number => (n === 0 ? 0 : 1 + add(n - 1));
      add(5_000);
      return {};
    };`);
    expect(row.verdict.status).toBe('pass');
  });
});

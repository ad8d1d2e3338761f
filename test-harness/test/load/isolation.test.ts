import { describe, expect, it } from 'vitest';
import { logsOf, logsOfBody, runOne } from '../runner/echo.ts';

describe('nodes and boots share nothing', () => {
  it('each has its own module-level variables, classes and global object', async () => {
    const row = await runOne({
      'echo.ts': `
        import { count } from './state.ts';
        const g = globalThis as any;
        export default (host: any) => {
          let mark = 'none';
          try { g.mark = host.id; mark = g.mark; } catch { mark = 'frozen'; }
          host.log.info('count ' + count() + ' ' + mark);
          return {};
        };`,
      'state.ts': `let n = 0; export const count = () => ++n;`,
    });
    expect(logsOf(row)).toEqual(['count 1 frozen', 'count 1 frozen']);
    expect(logsOf(row, 'n2')).toEqual(['count 1 frozen']);
  });

  it('and nothing that they have in common can be changed', async () => {
    const attempts: Record<string, string> = {
      'Array.prototype': `(Array.prototype as any).every = () => true`,
      'Object.prototype': `(Object.prototype as any).ok = true`,
      'an object literal': `({} as any).__proto__.ok = true`,
      Promise: `Promise.prototype.then = (() => undefined) as any`,
      JSON: `(JSON as any).stringify = () => '{}'`,
      Math: `Math.random = () => 0.5`,
      Date: `Date.now = () => 0`,
      Map: `Map.prototype.get = () => undefined`,
      console: `(console as any).log = () => undefined`,
      'the Host': `host.id = 'n9'`,
      "the Host's clock": `host.clock.now = () => 0`,
      'a client': `host.peer('n1').x = 1`,
      'an error class of the API': `__lockstepApi.RpcError.prototype.code = 1`,
      'the API itself': `__lockstepApi.RpcError = null`,
      'a class of the globals': `AbortController.prototype.abort = () => undefined`,
      'a signal': `(new AbortController().signal as any).__proto__.x = 1`,
      'the symbol registry': `(Object as any)[Symbol.for('harden')].x = 1`,
    };
    const tried = Object.entries(attempts).map(([name, statement]) => {
      return `try { ${statement}; console.log('changed', ${JSON.stringify(name)}); }
        catch (error) { if (!(error instanceof TypeError)) console.log('odd', ${JSON.stringify(name)}, error); }`;
    });
    const logs = await logsOfBody(`const __lockstepApi = (globalThis as any).__lockstepApi;
      ${tried.join('\n')}
      console.log('tried ${tried.length}');`);
    expect(logs).toEqual([`tried ${tried.length}`]);
  });
});

describe('the language wall', () => {
  it('hands out nothing that could be changed', async () => {
    const logs = await logsOfBody(`
      const seen = new Set<unknown>();
      const found: string[] = [];
      const look = (value: any, path: string): void => {
        if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
        seen.add(value);
        if (!Object.isFrozen(value) && !(value instanceof Promise)) found.push(path);
        look(Object.getPrototypeOf(value), path + '.__proto__');
        for (const key of Reflect.ownKeys(value)) {
          const descriptor: any = Object.getOwnPropertyDescriptor(value, key);
          for (const part of ['value', 'get', 'set']) look(descriptor[part], path + '.' + String(key));
        }
      };
      const { __lockstepApi: api, ...globals } = globalThis as any;
      const timer = host.clock.after(1, () => {});
      look(host, 'host');
      look(host.scope('a'), 'scope');
      seen.add(timer.cancel); // made for this one timer
      look(timer, 'timer');
      look(host.clock.sleep(1), 'sleep');
      look(host.peer('n1'), 'peer');
      look(host.peer('n1').call, 'peer.call');
      look(host.peer('n1').call({}).catch(() => {}), 'call');
      look(host.disk.write({}), 'write');
      for (const name of Object.getOwnPropertyNames(globalThis)) look((globalThis as any)[name], name);
      host.serve({ look: (_: unknown, context: unknown) => look(context, 'context') });
      await host.peer('n1').look({});
      try { host.serve(null); } catch (error) { look(Object.getPrototypeOf(error), 'error'); }
      await host.peer('n9').call({}).catch((error: any) => look(Object.getPrototypeOf(error), 'rpc error'));
      console.log(found, seen.size > 500);`);
    expect(logs).toEqual(['[] true']);
  });

  it('leads from nothing in reach to a constructor of functions, or to the process', async () => {
    const logs = await logsOfBody(`
      const routes: [string, () => unknown][] = [
        ['object', () => ({} as any).constructor.constructor],
        ['function', () => (() => 1).constructor],
        ['async', () => (async () => 1).constructor],
        ['generator', () => (function* () {}).constructor],
        ['async generator', () => (async function* () {}).constructor],
        ['host', () => host.log.info.constructor],
        ['host proto', () => Object.getPrototypeOf(host).constructor.constructor],
        ['timer', () => setTimeout.constructor],
        ['timer handle', () => host.clock.after(1, () => {}).cancel.constructor],
        ['promise', () => host.clock.sleep(1).then.constructor],
        ['client', () => host.peer('n1').call.constructor],
        ['api', () => (globalThis as any).__lockstepApi.encode.constructor],
        ['proxy', () => new Proxy(function () {}, {}).constructor],
        ['date', () => (new Date() as any).constructor.constructor],
        ['error', () => { try { host.serve(null); } catch (error: any) { return error.constructor.constructor; } }],
        ['api error', () => Object.getPrototypeOf((globalThis as any).__lockstepApi.RpcError).constructor],
        ['signal', () => (new AbortController().signal as any).constructor.constructor],
      ];
      for (const [name, route] of routes) {
        try {
          const found: any = route();
          const made = found('return typeof process + typeof require')();
          if (made !== 'undefinedundefined') console.log(name, 'escaped', made);
        } catch {}
      }
      console.log('done');`);
    expect(logs).toEqual(['done']);
  });

  it('refuses to make code that leads outside', async () => {
    const expressions = [
      `Function('return import("node:fs")')()`,
      `(0, eval)('import("node:fs")')`,
      `eval('import/**/("node:fs")')`,
      `eval('[...import("node:fs")]')`,
      `(async () => {}).constructor('return import("node:fs")')()`,
      `new (globalThis as any).Compartment()`,
      `(function () { return eval('arguments.callee'); })()`,
      `new (new Date() as any).constructor()`,
    ];
    const tried = expressions.map((expression) => {
      const label = JSON.stringify(expression);
      return `try { const got = await (${expression}); console.log(${label}, 'gave', typeof got); } catch {}`;
    });
    const logs = await logsOfBody(`${tried.join('\n')}\nconsole.log('tried ${tried.length}');`);
    expect(logs).toEqual([`tried ${tried.length}`]);
  });

  it('shows no stacks, no sources of ours, and no Error that governs them', async () => {
    const logs = await logsOfBody(`
      const E = Error as any;
      console.log([new Error('x').stack, String(E.stackTraceLimit), typeof E.prepareStackTrace(new Error(), [])]);
      E.prepareStackTrace = (error: unknown, sites: unknown) => sites;
      const api = (globalThis as any).__lockstepApi;
      const error = new api.RpcError('unavailable', 'x');
      console.log([error.stack, Object.getPrototypeOf(api.RpcError) === Error, error instanceof Error]);
      const { now } = performance;
      const own = [setTimeout, console.log, Date, Date.now, Math.random, now, crypto.randomUUID, structuredClone];
      console.log(own.every((f) => String(f).includes('[native code]')), own.map((f) => f.name).join(' '));`);
    expect(logs).toEqual([
      `['', 'undefined', 'string']`,
      `['', true, true]`,
      'true setTimeout log Date now random now randomUUID structuredClone',
    ]);
  });

  it('is no way round the network: what is sent is copied, what is handed over is data', async () => {
    const logs = await logsOfBody(`
      const seen: any[] = [];
      host.serve({ keep: (args: any, context: any) => { seen.push(args, context); return args; } });
      const args = { list: [1] };
      const reply = host.peer('n1').keep(args);
      args.list.push(2);
      const answer: any = await reply;
      answer.list.push(3);
      console.log(seen[0], answer, Object.isFrozen(seen[1]));
      for (const bad of [() => 1, new Map(), Symbol('x'), Object.create({ a: 1 })]) {
        await host.peer('n1').keep(bad).catch((error: any) => console.log(error.code));
      }`);
    expect(logs).toEqual([
      '{ list: [1] } { list: [1, 3] } true',
      ...Array.from({ length: 4 }, () => 'invalid-argument'),
    ]);
  });
});

describe('stacks', () => {
  it("are those of the student's own files", async () => {
    const row = await runOne({
      'echo.ts': `import { inner } from './inner.ts';
export default (host: any) => {
  host.clock.after(5, () => {
    inner();
  });
  return {};
};`,
      'inner.ts': `// a comment

export function inner(): never {
  interface Gone { away: true }
  throw new RangeError('out of range');
}`,
    });
    expect(row.verdict).toMatchObject({
      kind: 'crash',
      message: 'n1 crashed: RangeError: out of range',
      stack: 'at inner (inner.ts:5:9)\nat echo.ts:4:5',
      atMs: 5,
      node: 'n1',
    });
  });

  it('go through awaits', async () => {
    const row = await runOne(`
export default async (host: any) => {
  const later = async () => {
    await host.clock.sleep(3);
    throw new Error('late');
  };
  await later();
};`);
    expect(row.verdict).toMatchObject({
      message: expect.stringMatching(/^n\d crashed while it started: Error: late$/) as string,
    });
    expect(row.verdict).toHaveProperty('stack', expect.stringContaining('echo.ts:5:11'));
  });

  it('tell what throws while it is loaded', async () => {
    const row = await runOne('const x: number = 1;\nthrow new Error(`at the top, ${x}`);\nexport default 1;');
    expect(row.verdict).toMatchObject({
      kind: 'crash',
      message: expect.stringMatching(
        /^n\d crashed while its code was loaded: Error: at the top, 1$/,
      ) as string,
      stack: expect.stringMatching(/^at echo\.ts:2:7/) as string,
    });
  });

  it('come from nobody but errors', async () => {
    const traps = `{ get() { console.log('ran'); }, getPrototypeOf() { console.log('ran'); return null; } }`;
    const trap = `new Proxy(new Error('x'), ${traps})`;
    const row = await runOne(
      `export default (host: any) => { host.clock.after(1, () => { throw ${trap}; }); return {}; };`,
    );
    expect(row.verdict).toMatchObject({ status: 'fail', kind: 'crash' });
    expect(logsOf(row)).toEqual([]);
  });
});

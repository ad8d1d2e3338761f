import { describe, expect, it } from 'vitest';
import { logsOf, logsOfBody, runOne } from '../runner/echo.ts';
import { WALK } from './walk.ts';

const CODE = `import * as api from '@lockstep/api';
${WALK}
const contexts: unknown[] = [];
const instances = (host: any): unknown[] => [
  new AbortController(), new TextEncoder(), new TextDecoder(), new Date(), new Map(), new Proxy({}, {}), /a/,
  [].values(), new Map().entries(), 'a'.matchAll(/a/g), function* () {}, async function* () {}, async () => 1,
  host.clock.after(1, () => {}), host.clock.sleep(1), host.scope('below'), host.peer('n2'), host.peer('n2').ask,
  setTimeout(() => {}, 1), structuredClone({ a: [new Uint8Array(1)] }),
];
const errors = (host: any): unknown[] => [
  () => host.serve(null), () => host.clock.after('x'), () => host.random.integer(2, 1), () => null!.x,
  () => api.decode(new Uint8Array([255])), () => api.encode(() => 1), () => structuredClone(() => 1),
  () => new TextDecoder('x'), () => eval('1'), () => new Function(''), () => new (globalThis as any).Float64Array(1),
  () => new Proxy({}, null as any), () => new Array(-1),
  () => { const c = new AbortController(); c.abort(); c.signal.throwIfAborted(); },
].map(caught);
const answers = (host: any): Promise<unknown[]> => Promise.all([
  () => host.peer('n1').ask({}), () => host.peer('n2').ask({}), () => host.peer('n2').nothing({}),
  () => host.peer('nobody').ask({}), () => host.peer('n2').ask(() => 1),
  () => host.peer('n2').ask({}, { timeoutMs: -1 }),
  () => host.disk.write({ a: 1 }), () => host.disk.read('a'), () => host.disk.write({ a: () => 1 }),
].map(settled));
export default (host: any) => {
  const ask = (_: unknown, context: unknown) => { contexts.push(context); return { bytes: new Uint8Array(1) }; };
  host.serve({ ask });
  host.clock.after(1, async () => {
    const given = { globalThis, host, api, contexts, instances: instances(host), errors: errors(host) };
    share(host, { ...given, answers: await answers(host) }, 600);
  });
  return {};
};`;

describe('what two servers can both come to', () => {
  it('can be written on by neither', async () => {
    const row = await runOne(CODE);
    expect(row.verdict).toMatchObject({ status: 'pass' });
    expect(logsOf(row, 'n2')).toEqual(['found nothing']);
    expect(logsOf(row, 'n1')[0]).toEqual('found nothing');
  });

  it('is not how far a pattern backtracks, which changes once it has been compiled', async () => {
    const logs = await logsOfBody(`
      const pattern = (name: string) => new RegExp('^(?:z|x(?:a|b|){3355435}(?!#' + name + '))');
      const tryIt = (name: string) => {
        try { return pattern(name).test('x'); } catch (error: any) { return error.name; }
      };
      for (let i = 0; i < 3; i++) pattern('often').test('z');
      console.log(tryIt('often') === tryIt('never before'));`);
    expect(logs).toEqual(['true']);
  });

  it("is not a buffer of Node's, whatever length an array claims to have", async () => {
    const logs = await logsOfBody(`
      const hi = () => new Uint8Array([104, 105]);
      const claims = (length: unknown) => Object.defineProperty(hi(), 'length', { value: length });
      const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      console.log([decode(claims(8000)), decode(claims(1)), decode(claims(-5))].join());`);
    expect(logs).toEqual(['hi,hi,hi']);
  });
});

describe('the answer of a handler', () => {
  it('is one, whatever its promise makes of being awaited', async () => {
    const row = await runOne(`
      const answers = {
        own: () => Object.defineProperty(Promise.resolve('first'), 'then', {
          value: (give: any) => { give('second'); give('third'); },
        }),
        foreign: () => ({ then: (give: any) => { give('once'); give('twice'); } }),
        trap: () => new Proxy({}, { has() { throw new Error('looked at'); } }),
      };
      export default (host: any) => {
        host.serve(answers);
        const ask = (method: string) => host.peer('n2')[method]().catch(({ message }: Error) => message);
        if (host.id === 'n1') host.clock.after(1, async () => {
          for (const method of Object.keys(answers)) console.log(await ask(method));
        });
        return {};
      };`);
    expect(row.verdict).toMatchObject({ status: 'pass' });
    expect(logsOf(row).slice(0, 3)).toEqual([
      'first',
      'once',
      'the handler of trap on n2 threw Error: looked at',
    ]);
    const replies = (row.trace ?? []).filter(
      ({ kind, text }) => kind === 'deliver' && text.includes('reply'),
    );
    expect(replies.length).toBe(logsOf(row).length);
  });
});

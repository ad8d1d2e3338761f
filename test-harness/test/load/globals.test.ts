import { describe, expect, it } from 'vitest';
import { logsOf, logsOfBody, runOne } from '../runner/echo.ts';

describe("a submission's globals", () => {
  it('follow the clock of the node', async () => {
    const logs = await logsOfBody(`
      const show = (...what: unknown[]) => console.log(...what);
      show(new Date().toISOString(), Date.now(), performance.now(), typeof Date());
      setTimeout((a: number, b: string) => show('once', a, b, performance.now()), 5, 1, 'x');
      const every = setInterval(() => {
        show('every', Date.now() - Date.UTC(2026, 0, 1));
        if (performance.now() > 8) clearInterval(every);
      }, 3);
      clearTimeout(setTimeout(() => show('never'), 1));
      clearInterval(undefined);
      setTimeout(() => show('zero is one', performance.now()), 0);
      queueMicrotask(() => show('micro', performance.now()));`);
    expect(logs).toEqual([
      '2026-01-01T00:00:00.000Z 1767225600000 0 string',
      'micro 0',
      'zero is one 1',
      'every 3',
      'once 1 x 5',
      'every 6',
      'every 9',
    ]);
  });

  it('draw from the randomness of the node, the same in each run', async () => {
    const code = `export default () => {
      console.log(Math.random(), crypto.randomUUID());
      console.log([Math.random(), Math.random()].every((x) => x >= 0 && x < 1), Math.max(1, 2));
      return {};
    };`;
    const [one, other] = [await runOne(code), await runOne(code)];
    expect(logsOf(other)).toEqual(logsOf(one));
    const [first, , afterCrash] = logsOf(one);
    expect(first).toMatch(/^0\.\d+ [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(afterCrash).not.toBe(first);
    expect(logsOf(one, 'n2')[0]).not.toBe(first);
  });

  it('write into the timeline', async () => {
    const logs = await logsOfBody(`
      console.log('plain', { a: 1 });
      console.info('info');
      console.warn('careful');
      console.error(new Error('lost'));
      console.debug('detail');`);
    expect(logs).toEqual([
      'plain { a: 1 }',
      'info',
      'warn: careful',
      'warn: Error: lost (echo.ts:5:21)',
      'debug: detail',
    ]);
  });

  it('copy plain data and text', async () => {
    const logs = await logsOfBody(`
      const from = { list: [1, { deep: new Uint8Array([1, 2]) }], none: undefined };
      const copy = structuredClone(from);
      from.list.push(3);
      console.log(copy, copy.list !== from.list);
      try { structuredClone({ f: () => 1 }); } catch (error) { console.log(String(error)); }
      const bytes = new TextEncoder().encode('Zürich ✓');
      const decoder = new TextDecoder('utf-8');
      console.log(bytes.length, decoder.decode(bytes), decoder.decode(new Uint8Array([0xff])));
      console.log(new Uint16Array(2).length, new DataView(bytes.buffer).byteLength);`);
    expect(logs).toEqual([
      '{ list: [1, { deep: Uint8Array [1, 2] }], none: undefined } true',
      'NotPlainData: the value.f is a function; only plain data can be sent or stored',
      '11 Zürich ✓ \ufffd',
      '2 11',
    ]);
  });

  it('abort, deterministically', async () => {
    const logs = await logsOfBody(`
      const controller = new AbortController();
      const { signal } = controller;
      const gone = () => console.log('gone');
      signal.addEventListener('abort', gone);
      signal.addEventListener('abort', () => console.log('aborted', signal.aborted, signal.reason));
      signal.removeEventListener('abort', gone);
      signal.throwIfAborted();
      controller.abort();
      controller.abort('again');
      try { signal.throwIfAborted(); } catch (error) { console.log((error as Error).name); }
      try { new (signal.constructor as any)(); } catch (error) { console.log((error as Error).message); }
      const withReason = new AbortController();
      withReason.abort('why');
      console.log(withReason.signal.reason);`);
    expect(logs).toEqual([
      'aborted true AbortError: This operation was aborted (echo.ts:9:18)',
      'AbortError',
      'an AbortSignal is made by an AbortController',
      'why',
    ]);
  });

  it('end calls of the Host by an AbortSignal', async () => {
    const logs = await logsOfBody(`
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      host.peer('n1').anything({}, { signal: controller.signal, timeoutMs: 60 }).catch((error: any) => {
        console.log(error.code, performance.now() < 60);
      });`);
    expect(logs).toEqual(['unavailable true']);
  });

  it('are these, and no others', async () => {
    const [names = ''] = await logsOfBody(`
      const mine = Object.getOwnPropertyNames(globalThis).filter((name) => (globalThis as any)[name] !== undefined);
      console.log(mine.filter((name) => !/^[A-Z]|^is|^parse|^(de|en)code|escape$/.test(name)).sort().join(' '));`);
    expect(names).toBe(
      '__lockstepApi clearInterval clearTimeout console crypto eval globalThis performance queueMicrotask ' +
        'setInterval setTimeout structuredClone',
    );
    const [absent] = await logsOfBody(`
      const names = ['process', 'require', 'module', 'fetch', 'Buffer', 'URL', 'Intl', 'WeakRef', 'SharedArrayBuffer',
        'Atomics', 'WebAssembly', 'FinalizationRegistry', 'Compartment', 'harden', 'lockdown', 'setImmediate'];
      console.log(names.filter((name) => (globalThis as any)[name] !== undefined));`);
    expect(absent).toBe('[]');
  });

  it('make no code of text, and say so', async () => {
    const logs = await logsOfBody(`
      const sum = () => 2;
      console.log(sum instanceof Function, Function.prototype === Object.getPrototypeOf(sum));
      for (const make of [() => eval('1 + 1'), () => Function('return 2')(), () => new Function('return 2')()])
        try { console.log(make()); } catch (error) { console.log(String(error)); }`);
    const refused = (name: string): string =>
      `EvalError: ${name}() is not available here: code can't be made of text`;
    expect(logs).toEqual(['true true', refused('eval'), refused('Function'), refused('Function')]);
  });

  it('show the bits of no NaN, which are not the same in every run', async () => {
    const logs = await logsOfBody(`
      const view = new DataView(new ArrayBuffer(8));
      const negative = (x: number) => x * -1;
      const bits = (x: number) => {
        view.setFloat64(0, negative(x));
        const double = view.getBigUint64(0).toString(16);
        view.setFloat64(0, negative(x), true);
        const reversed = view.getBigUint64(0, true).toString(16);
        view.setFloat32(0, negative(x));
        const single = view.getUint32(0).toString(16);
        view.setFloat32(0, negative(x), true);
        return [double, reversed, single, view.getUint32(0, true).toString(16)].join(' ');
      };
      const seen = new Set<string>();
      const inputs = [NaN, 0 / 0, { x: NaN }.x, Number('x')];
      for (let i = 0; i < 40_000; i++) seen.add(bits(inputs[i % 4]));
      console.log([...seen].join());
      view.setFloat64(0.9, -1.5);
      console.log(view.getFloat64(0));
      view.setFloat32(4, 0.25, true);
      console.log(view.getFloat32(4, true));
      for (const offset of [-1, 1]) for (const value of [1, NaN])
        try { view.setFloat64(offset, value); } catch (error) { console.log((error as Error).name); }
      try { new Float64Array(1); } catch (error) { console.log((error as Error).message); }`);
    expect(logs).toEqual([
      '7ff8000000000000 7ff8000000000000 7fc00000 7fc00000',
      '-1.5',
      '0.25',
      ...Array<string>(4).fill('RangeError'),
      'Float64Array is not available here: it shows the bits of NaN, which no seed repeats; ' +
        'take an array, or a DataView',
    ]);
  });

  it('are reached by their names and through globalThis alike', async () => {
    const [same] = await logsOfBody(`
      const g = globalThis as any;
      console.log([g.Date === Date, g.Math === Math, g.console === console, g.setTimeout === setTimeout,
        g.crypto === crypto, g.globalThis === g, g.Map === Map, Object.isFrozen(g)].every(Boolean));`);
    expect(same).toBe('true');
  });

  it('leave no object that two boots could share', async () => {
    const [frozen] = await logsOfBody(`
      const own = (strings: TemplateStringsArray) => strings;
      const strings = own\`all calls of a function share this object\`;
      console.log(Object.isFrozen(strings), Object.isFrozen(strings.raw), Object.isFrozen(/x/g));`);
    expect(frozen).toBe('true true false');
  });

  it('let ordinary code be ordinary', async () => {
    const logs = await logsOfBody(`
      const error: any = new Error();
      error.message = 'set'; error.name = 'Named'; error.toString = () => 'own';
      const typed: any = new TypeError('x'); typed.name = 'Mine'; typed.message = 'y';
      const counts: Record<string, number> = {};
      for (const word of ['constructor', 'valueOf', 'toString', 'hasOwnProperty', 'word']) counts[word] = 1;
      console.log(String(error), typed.name, typed.message, Object.keys(counts).length);
      class Moment extends Date { label() { return 'm' + this.getTime(); } }
      class Bag extends Map<string, number> { count = 1; }
      class Lost extends Error {
        override name = 'Lost';
        constructor(readonly where: string) { super('lost in ' + where); }
      }
      const bag = new Bag([['a', 1]]);
      console.log(new Moment(5).label(), new Moment() instanceof Date, bag.size, String(new Lost('x')));
      const named = { import(x: string) { return x; } };
      console.log('n1 --> n2', '<!-- x -->', "import('y')", named.import('z'));
      const caught = (() => { try { return (null as any).x; } catch { return 'caught'; } })();
      console.log([3, 1, 2].toSorted(), 2n ** 64n, [..."añ"].length, caught);
      async function* numbers() { yield 1; yield 2; }
      for await (const n of numbers()) console.log(n);`);
    expect(logs).toEqual([
      'own Mine y 5',
      'm5 true 1 Lost: lost in x',
      `n1 --> n2 <!-- x --> import('y') z`,
      '[1, 2, 3] 18446744073709551616n 2 caught',
      '1',
      '2',
    ]);
  });
});

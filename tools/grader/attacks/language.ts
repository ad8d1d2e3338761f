/*
 * The wall of the language. Each case is a hole through which two servers could share something, or through which one
 * could write its own verdict: with the wall, it earns nothing; in a realm without it, it earns everything.
 */

/** A place that both servers would have to reach: an expression for an object that takes properties. */
interface Hole {
  readonly id: string;
  /** Gives the shared object. `host` is in scope. */
  readonly box: string;
}

const OBJECTS = [
  'globalThis',
  'Object.prototype',
  'Function.prototype',
  'Array.prototype',
  'Array',
  'String.prototype',
  'Number.prototype',
  'Boolean.prototype',
  'Symbol.prototype',
  'BigInt.prototype',
  'Promise',
  'Promise.prototype',
  'Map.prototype',
  'Set.prototype',
  'WeakMap.prototype',
  'RegExp.prototype',
  'Date',
  'Date.prototype',
  'Error',
  'TypeError.prototype',
  'JSON',
  'Math',
  'Reflect',
  'Proxy',
  'Uint8Array',
  'Uint8Array.prototype',
  'DataView.prototype',
  'ArrayBuffer.prototype',
  'Symbol',
  'eval',
  'Function',
  'isNaN',
  'console',
  'setTimeout',
  'queueMicrotask',
  'performance',
  'structuredClone',
  'crypto',
  'TextEncoder',
  'TextEncoder.prototype',
  'AbortController.prototype',
  'process',
  'require',
  'Buffer',
  'fetch',
  'WebAssembly',
  'Intl',
  'Atomics',
  'SharedArrayBuffer',
  'WeakRef',
  'FinalizationRegistry',
  'URL',
];

const ROUTES: readonly Hole[] = [
  { id: 'proto-of-literal', box: '({} as any).__proto__' },
  { id: 'proto-of-function', box: 'Object.getPrototypeOf(() => 1)' },
  { id: 'proto-of-async-function', box: 'Object.getPrototypeOf(async () => 1)' },
  { id: 'proto-of-generator', box: 'Object.getPrototypeOf(function* () {})' },
  { id: 'proto-of-async-generator', box: 'Object.getPrototypeOf(async function* () {}).prototype' },
  { id: 'proto-of-array-iterator', box: 'Object.getPrototypeOf([][Symbol.iterator]())' },
  { id: 'proto-of-iterator', box: 'Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()))' },
  { id: 'proto-of-map-iterator', box: 'Object.getPrototypeOf(new Map().entries())' },
  { id: 'proto-of-regexp-iterator', box: `Object.getPrototypeOf('a'.matchAll(/a/g))` },
  { id: 'proto-of-typed-array', box: 'Object.getPrototypeOf(Uint8Array)' },
  { id: 'function-constructor', box: `({} as any).constructor.constructor('return globalThis')()` },
  { id: 'arrow-constructor', box: `(() => 1).constructor('return globalThis')()` },
  { id: 'method-constructor', box: `([] as any).push.constructor('return process')()` },
  { id: 'host-function-constructor', box: `host.clock.after.constructor('return process')()` },
  { id: 'host-peer-constructor', box: `host.peer('n2').hold.constructor('return process')()` },
  {
    id: 'host-proto-constructor',
    box: `Object.getPrototypeOf(host.log.info).constructor('return process')()`,
  },
  { id: 'promise-of-host', box: `host.clock.sleep(1).constructor` },
  { id: 'timer-of-host', box: `host.clock.after(1, () => {}).cancel.constructor('return process')()` },
  { id: 'reflect-construct', box: `(Reflect.construct as any)((() => 1).constructor, ['return process'])()` },
  { id: 'bound-constructor', box: `(function () {}).bind(null).constructor('return process')()` },
  { id: 'class-constructor', box: `(class {} as any).constructor('return process')()` },
  { id: 'proxy-constructor', box: `(new Proxy(function () {}, {}) as any).constructor('return process')()` },
  { id: 'indirect-eval', box: `(0, eval)('process')` },
  { id: 'eval-global', box: `(0, eval)('globalThis')` },
  { id: 'function-global', box: `Function('return process')()` },
  { id: 'new-function', box: `new Function('return globalThis')()` },
  { id: 'this-of-sloppy', box: `Function('return this')()` },
  {
    id: 'constructor-of-thrown-error',
    box: `(() => { try { host.serve(null); } catch (e: any) { return e.constructor.constructor('return process')(); } })()`,
  },
  {
    id: 'proto-of-thrown-error',
    box: `(() => { try { host.serve(null); } catch (e: any) { return Object.getPrototypeOf(e); } })()`,
  },
  {
    id: 'thrown-overflow',
    box: `(() => { const f = (): any => f(); try { f(); } catch (e: any) { return e.constructor.constructor('return process')(); } })()`,
  },
  {
    id: 'symbol-name-error',
    box: `(() => { const e: any = new Error('x'); e.name = Symbol(); try { String(e.stack); } catch (t: any) { return t.constructor.constructor('return process')(); } return Object.getPrototypeOf(e).constructor; })()`,
  },
  { id: 'species', box: `(Promise as any)[Symbol.species]` },
  { id: 'getter-of-proto', box: `Object.getOwnPropertyDescriptor(Object.prototype, '__proto__')!.get` },
  { id: 'builtin-module', box: `(globalThis as any).process.getBuiltinModule('fs')` },
  { id: 'binding', box: `(globalThis as any).process.binding` },
  { id: 'main-module', box: `(globalThis as any).require.cache` },
  { id: 'api-class', box: 'RpcError' },
  { id: 'api-prototype', box: 'RpcError.prototype' },
  { id: 'api-proto-of-class', box: 'Object.getPrototypeOf(RpcError.prototype)' },
  { id: 'api-function', box: 'encode' },
];

const SHARING: readonly Hole[] = [
  ...OBJECTS.map((name) => ({ id: `property-of-${name}`, box: `(${name} as any)` })),
  ...ROUTES,
];

/** Ways to keep and find a value that need no object. */
const OTHER_CHANNELS: Readonly<Record<string, { readonly store: string; readonly load: string }>> = {
  'patched-array-method': {
    store: `Array.prototype.flatMap = (() => value) as any`,
    load: `([] as any).flatMap(() => 1)`,
  },
  'patched-getter': {
    store: `Object.defineProperty(Object.prototype, 'leak', { configurable: true, get: () => value })`,
    load: `({} as any).leak`,
  },
  'patched-math': { store: `Math.cbrt = (() => value) as any`, load: `Math.cbrt(1)` },
  'patched-date': { store: `(Date as any).parse = () => value`, load: `Date.parse('')` },
  'patched-random': { store: `Math.random = (() => value) as any`, load: `Math.random()` },
  'iterator-hook': {
    store: `(String.prototype as any)[Symbol.iterator] = function* () { yield value; }`,
    load: `[...('x' as any)][0]`,
  },
  'global-variable': {
    store: `(0, eval)('var leaked = ' + JSON.stringify(value))`,
    load: `(0, eval)('leaked')`,
  },
  'registered-function': {
    store: `(Symbol.for('leak') as any).constructor.leak = value`,
    load: `(Symbol as any).leak`,
  },
  'stack-trace-hook': {
    store: `(Error as any).prepareStackTrace = () => value`,
    load: `new Error('x').stack`,
  },
  environment: {
    store: `(globalThis as any).process.env.LEAK = value`,
    load: `(globalThis as any).process.env.LEAK`,
  },
};

/** Statements that would write the verdict themselves. In a realm without the wall, the first line read counts. */
const FORGERIES: Readonly<Record<string, string>> = {
  'write-fd-3': `const fs = (globalThis as any).process.getBuiltinModule('fs');
    fs.writeSync(3, '{"verdict":{"status":"pass"}}\\n'); (globalThis as any).process.exit(0);`,
  'write-through-require': `(globalThis as any).require('fs').writeSync(3, '{"verdict":{"status":"pass"}}\\n');
    (globalThis as any).process.exit(0);`,
  'at-exit': `(globalThis as any).process.on('exit', () => {});
    (globalThis as any).require('fs').writeSync(3, '{"verdict":{"status":"pass"}}\\n');`,
  'patched-stringify': `const was = JSON.stringify;
    JSON.stringify = ((x: any) => was({ ...x, verdict: { status: 'pass' } })) as any;`,
  'polluted-toJSON': `(Object.prototype as any).toJSON = function (this: any, key: string) {
      return key === 'verdict' ? Object.assign(Object.create(null), { status: 'pass' }) : this;
    };`,
  'patched-write': `const fs = (globalThis as any).require('fs'); const was = fs.writeSync;
    fs.writeSync = (fd: number, data: unknown) => was(fd, '{"verdict":{"status":"pass"}}\\n');`,
};

/** An attack: a submission to the relay lab. */
export interface LanguageAttack {
  readonly id: string;
  readonly code: string;
}

function relay(store: string, load: string): string {
  return `import { encode, RpcError } from '@lockstep/api';
    void encode; void RpcError;
    export default (host: any) => ({
      put: (value: string) => { ${store}; },
      get: () => { try { return ${load}; } catch { return undefined; } },
    });`;
}

/** All attacks on the wall of the language. */
export const LANGUAGE_ATTACKS: readonly LanguageAttack[] = [
  ...SHARING.map(({ id, box }) => ({
    id,
    code: relay(`try { (${box}).leak = value; } catch {}`, `(${box}).leak`),
  })),
  ...Object.entries(OTHER_CHANNELS).map(([id, { store, load }]) => ({
    id,
    code: relay(`try { ${store}; } catch {}`, load),
  })),
  ...Object.entries(FORGERIES).map(([id, statements]) => ({
    id: `forge-${id}`,
    code: `export default () => { try { ${statements} } catch {} return { put: () => {}, get: () => undefined }; };`,
  })),
];

import './lockdown.ts';
import type { Bundle } from '../runner/engine.ts';
import type { Implementation } from '../runner/run.ts';
import { API_GLOBAL, EXPORTS_NAME } from './build-request.ts';
import { makeGlobals } from './globals/index.ts';
import type { SharedIntrinsics } from './globals/index.ts';
import { StackReader } from './stack.ts';

/** What the loader needs to know besides the code. */
export interface LoadOptions {
  /** The exports of `@lockstep/api`, the harness's own. Hardened here. */
  readonly api: object;
  /** Tells the implementations of one run apart in stacks; a name without special characters. */
  readonly label: string;
  /** Puts the source map into the code, for a debugger. */
  readonly debug?: boolean;
  /** Called each time that the code has been evaluated. */
  readonly onLoaded?: () => void;
}

/** The bundle as a function of a node's own globals, whose value is what the entry file exports. */
type Evaluate = (globalObject: object, ...own: readonly unknown[]) => unknown;

/**
 * Makes bundled code ready to be instantiated, for each boot of each node anew: hardened intrinsics, frozen global
 * objects, and nothing in reach but the node's own globals and `@lockstep/api`.
 *
 * The text is compiled once, as a function; each instance is a call of it. Nothing that an instance makes can be
 * reached by another: all that calls of a function share is its code, and template objects, which are frozen. But what
 * the engine has learned about the code, and what it compiled, serves all instances: a cluster's first seconds after
 * each boot would else be interpreted, and half of a run's time go into compiling the same code again.
 */
export function makeImplementation(bundle: Bundle, options: LoadOptions): Implementation {
  const url = `lockstep:${options.label}.js`;
  const stacks = new StackReader(url, bundle.map);
  const intrinsics = sharedIntrinsics();
  const api = hardenApi(options.api, intrinsics.Error);
  const globals = makeGlobals(intrinsics, (error) => stacks.place(error));
  const compartment = new Compartment({
    __options__: true,
    globals: { ...globals.shared, [API_GLOBAL]: api },
  });
  // Frozen globals are bound once as constants; look-ups of others go through a proxy, at many times the cost.
  Object.freeze(compartment.globalThis);
  const makeGlobalThis = globalThisMaker(compartment.globalThis);
  let evaluate: Evaluate | undefined;
  return {
    name: bundle.name,
    instantiate: (host) => {
      const own = globals.own(host);
      // Not before the first boot: text that the language refuses is the implementation's failure.
      evaluate ??= compartment.evaluate(sourceText(bundle, Object.keys(own), url, options.debug === true), {
        __rejectSomeDirectEvalExpressions__: false,
      }) as Evaluate;
      const exports = evaluate(makeGlobalThis(own), ...Object.values(own));
      options.onLoaded?.();
      return readExports(exports);
    },
    describeStack: (error) => stacks.describe(error),
  };
}

/** Makes the global objects of single boots: what is common to all, and the boot's own, frozen. */
function globalThisMaker(common: object): (own: Readonly<Record<string, unknown>>) => object {
  const { globalThis: _, ...properties } = Object.getOwnPropertyDescriptors(common) as PropertyDescriptorMap;
  return (own) => {
    const made: object = Object.create(Object.prototype, {
      ...properties,
      ...Object.getOwnPropertyDescriptors(own),
    });
    return Object.freeze(Object.defineProperty(made, 'globalThis', { value: made }));
  };
}

/**
 * The bundle's text as that of an {@link Evaluate}. The function's head stands on the first line, of which nothing
 * comes from a source: lines and columns are those of the map.
 */
function sourceText(bundle: Bundle, ownNames: readonly string[], url: string, debug: boolean): string {
  const map = debug
    ? `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(bundle.map).toString('base64')}`
    : '';
  const parameters = ['globalThis', ...ownNames].join(', ');
  return `(function (${parameters}) { ${bundle.js}\n;return ${EXPORTS_NAME}; })${map}\n//# sourceURL=${url}`;
}

/** A plain copy: the bundler's object has getters, and whoever reads the exports should run no code by it. */
function readExports(exports: unknown): Readonly<Record<string, unknown>> {
  const copy = Object.create(null) as Record<string, unknown>;
  const source = exports as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(source)) {
    if (name !== '__esModule') copy[name] = source[name];
  }
  return Object.freeze(copy);
}

/**
 * The exports of `@lockstep/api`, fit to be handed out. Our own `Error` governs everybody's stack traces; a class
 * that extends it would give it away as its prototype, so such classes get the powerless one instead.
 */
function hardenApi(namespace: object, sharedError: object): object {
  // A copy: a module's namespace has getters, which hardening does not look behind.
  const api: Record<string, unknown> = { ...namespace };
  for (const value of Object.values(api)) {
    if (typeof value === 'function' && Object.getPrototypeOf(value) === Error)
      Object.setPrototypeOf(value, sharedError);
  }
  return harden(api);
}

function sharedIntrinsics(): SharedIntrinsics & { readonly Error: object } {
  const { Date, Math, Error } = new Compartment({ __options__: true, globals: {} }).globalThis;
  return { Date: Date as SharedIntrinsics['Date'], Math: Math as object, Error: Error as object };
}

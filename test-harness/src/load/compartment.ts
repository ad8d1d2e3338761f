import './lockdown.ts';
import type { Bundle } from '../runner/engine.ts';
import type { Implementation } from '../runner/run.ts';
import { API_GLOBAL, EXPORTS_NAME } from './build-request.ts';
import { globalsMaker } from './globals/index.ts';
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

/**
 * Makes bundled code ready to be evaluated, each time in a compartment of its own: hardened intrinsics, a
 * frozen global object, and nothing in reach but the node's own globals and `@lockstep/api`.
 */
export function makeImplementation(bundle: Bundle, options: LoadOptions): Implementation {
  const url = `lockstep:${options.label}.js`;
  const source = sourceText(bundle, url, options.debug === true);
  const stacks = new StackReader(url, bundle.map);
  const shared = sharedIntrinsics();
  const api = hardenApi(options.api, shared.Error);
  const makeGlobals = globalsMaker(shared, (error) => stacks.place(error));
  return {
    name: bundle.name,
    instantiate: (host) => {
      const globals = { ...makeGlobals(host), [API_GLOBAL]: api };
      const compartment = new Compartment({ __options__: true, globals });
      // Frozen globals are bound once as constants; look-ups of others go through a proxy, at many times the cost.
      Object.freeze(compartment.globalThis);
      const exports: unknown = compartment.evaluate(source, { __rejectSomeDirectEvalExpressions__: false });
      options.onLoaded?.();
      return readExports(exports);
    },
    describeStack: (error) => stacks.describe(error),
  };
}

/**
 * The bundle as a program whose value is what the entry file exports. Nothing stands before it: lines and columns are
 * those of the map.
 */
function sourceText(bundle: Bundle, url: string, debug: boolean): string {
  const map = debug
    ? `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(bundle.map).toString('base64')}`
    : '';
  return `${bundle.js}\n;${EXPORTS_NAME};${map}\n//# sourceURL=${url}`;
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

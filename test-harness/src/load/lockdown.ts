/*
 * Hardens this process's intrinsics. A module with an effect: whoever evaluates foreign code imports it
 * before anything else, so that all later modules see the hardened world.
 */
import './allocation.ts';
import 'ses';

repairIntrinsics({
  overrideTaming: 'min',
  errorTaming: 'safe',
  consoleTaming: 'unsafe',
  errorTrapping: 'none',
  unhandledRejectionTrapping: 'none',
  reporting: 'none',
  stackFiltering: 'verbose',
});
enableOverrides();
hardenIntrinsics();
// Enough to find a frame of foreign code below those of the language and of the harness.
Error.stackTraceLimit = 30;

/**
 * A frozen prototype makes assignment to a property of the same name fail on everything that inherits it:
 * `error.message = …`, `counts['constructor'] = 1`. Accessors in place of these properties make the assignment
 * define an own one, as people expect. Only those that ordinary code assigns: each accessor costs time,
 * and on arrays and promises it would cost several times the run.
 */
function enableOverrides(): void {
  const natives = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError];
  enable(Object.prototype, [
    'constructor',
    'hasOwnProperty',
    'isPrototypeOf',
    'propertyIsEnumerable',
    'toLocaleString',
    'valueOf',
  ]);
  enable(Function.prototype, ['apply', 'bind', 'call', 'constructor']);
  enable(Error.prototype, ['constructor', 'message', 'toString']);
  for (const native of natives) enable(native.prototype, ['message', 'name']);
}

function enable(prototype: object, names: readonly string[]): void {
  for (const name of names) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor === undefined || !('value' in descriptor) || descriptor.configurable !== true) continue;
    const value: unknown = descriptor.value;
    const accessors = {
      get(): unknown {
        return value;
      },
      set(this: object, own: unknown): void {
        if (this === prototype) throw new TypeError(`Cannot assign to read only property '${name}'`);
        // A property that is there already keeps its attributes; a frozen one refuses, as it must.
        if (Object.hasOwn(this, name)) Object.defineProperty(this, name, { value: own });
        else
          Object.defineProperty(this, name, {
            value: own,
            writable: true,
            enumerable: true,
            configurable: true,
          });
      },
    };
    const get = Object.getOwnPropertyDescriptor(accessors, 'get')?.value as () => unknown;
    // What is to be hardened is searched for, and no search finds what a getter gives: a function that is not frozen
    // would be a place where all nodes can write.
    Object.defineProperty(get, 'originalValue', { value });
    Object.defineProperty(prototype, name, {
      get,
      set: Object.getOwnPropertyDescriptor(accessors, 'set')?.value as (own: unknown) => void,
      enumerable: descriptor.enumerable === true,
      configurable: true,
    });
  }
}

import { types } from 'node:util';

/** No deeper than what can be copied. */
const MAX_DEPTH = 64;

/**
 * Whether nothing can run when somebody looks at the value and at all that it holds: no getter, no proxy. For looks
 * that are taken of some runs alone, and must not change them.
 */
export function isCodeFree(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (types.isProxy(value) || depth >= MAX_DEPTH) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (types.isUint8Array(value)) return prototype === Uint8Array.prototype;
  if (prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype) return false;
  return Object.values(Object.getOwnPropertyDescriptors(value)).every(
    (descriptor) => 'value' in descriptor && isCodeFree(descriptor.value, depth + 1),
  );
}

import { NotPlainData } from '@lockstep/api';
import { types } from 'node:util';

/** What was thrown, without running any code of it. */
export function describeThrown(error: unknown): { text: string; notImplemented: boolean } {
  if (typeof error === 'string') return { text: error.slice(0, 500), notImplemented: false };
  if (typeof error !== 'object' || error === null)
    return { text: `threw ${typeof error}`, notImplemented: false };
  const chain = chainOf(error);
  const isError = chain.includes(Error.prototype);
  const message = ownText(chain[0], 'message');
  const name = ownText(chain[0], 'name') ?? (isError ? inheritedName(chain) : 'object');
  return {
    text: message === undefined ? name : name === 'NotImplemented' ? message : `${name}: ${message}`,
    notImplemented: name === 'NotImplemented',
  };
}

/** Why something could not be copied, if that was it; otherwise what was thrown. Runs no code of it either. */
export function describeRefusal(error: unknown): string {
  const chain = typeof error === 'object' && error !== null ? chainOf(error) : [];
  const refusal = chain.includes(NotPlainData.prototype) ? ownText(chain[0], 'message') : undefined;
  return refusal ?? describeThrown(error).text;
}

/** An object and its prototypes, as far as no proxy is among them: those run code when they are looked at. */
function chainOf(error: object): readonly object[] {
  const chain: object[] = [];
  let next: object | null = error;
  while (next !== null && !types.isProxy(next) && chain.length < 10) {
    chain.push(next);
    next = Object.getPrototypeOf(next) as object | null;
  }
  return chain;
}

function ownText(object: object | undefined, key: string): string | undefined {
  const value: unknown =
    object === undefined ? undefined : Object.getOwnPropertyDescriptor(object, key)?.value;
  return typeof value === 'string' ? value.slice(0, 500) : undefined;
}

/** The name that an error class gives its instances, looked up without getters. */
function inheritedName([, ...prototypes]: readonly object[]): string {
  for (const prototype of prototypes) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    if (typeof constructor !== 'function' || types.isProxy(constructor)) continue;
    const name = ownText(constructor, 'name');
    if (name !== undefined && name !== '') return name;
  }
  return 'Error';
}

/**
 * A text that is the same for equal plain data and different for different plain data: properties in the order of
 * their names, and each kind of value written its own way. `undefined` for anything else, such as a Map or an instance
 * of a class, about whose equality nothing can be said from outside.
 */
export function plainText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '0' : `${value}`;
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'undefined':
      return `${value}`;
    case 'object':
      return value === null ? 'null' : objectText(value);
    default:
      return undefined;
  }
}

function objectText(value: object): string | undefined {
  if (Array.isArray(value)) return join('[', value.map(plainText), ']');
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const parts = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => {
      const text = plainText(part);
      return text === undefined ? undefined : `${JSON.stringify(name)}:${text}`;
    });
  return join('{', parts, '}');
}

function join(open: string, parts: readonly (string | undefined)[], close: string): string | undefined {
  return parts.includes(undefined) ? undefined : `${open}${parts.join(',')}${close}`;
}

import { types } from 'node:util';

/** Bounds on what one line of `console.log` shows. */
const MAX_CHARS = 2000;
const MAX_DEPTH = 4;
const MAX_ITEMS = 40;
const MAX_STRING = 400;

/** Says where an error was thrown, e.g. `raft.ts:12:5`; empty when unknown. */
export type Locate = (error: object) => string;

/**
 * One line of text for what code under test hands to its console. Looks at own data properties alone: no
 * getter, `toString`, `toJSON` or proxy trap of the values ever runs.
 */
export function formatLine(values: readonly unknown[], locate: Locate): string {
  const printer = new Printer(locate);
  const [first, ...rest] = values;
  let parts: string[];
  if (typeof first === 'string' && first.includes('%') && rest.length > 0) {
    const { text, used } = substitute(first, rest, printer);
    parts = [text, ...rest.slice(used).map((value) => printer.top(value))];
  } else parts = values.map((value) => printer.top(value));
  const line = parts.join(' ');
  return line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS - 1)}…` : line;
}

/** `%s`, `%d` and their like, as consoles have them. */
function substitute(
  format: string,
  values: readonly unknown[],
  printer: Printer,
): { text: string; used: number } {
  let used = 0;
  const text = format.slice(0, MAX_CHARS).replace(/%[sdifjoOc%]/g, (mark) => {
    if (mark === '%%') return '%';
    if (used >= values.length) return mark;
    const value = values[used++];
    if (mark === '%c') return '';
    if (mark === '%s') return printer.top(value);
    if (mark === '%d' || mark === '%i' || mark === '%f') return numeric(value, mark === '%i');
    return printer.print(value, 0);
  });
  return { text, used };
}

function numeric(value: unknown, whole: boolean): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'number' && typeof value !== 'string') return 'NaN';
  const number = Number(value);
  return String(whole ? Math.trunc(number) : number);
}

class Printer {
  readonly #locate: Locate;
  readonly #above: object[] = [];
  #room = MAX_CHARS;

  constructor(locate: Locate) {
    this.#locate = locate;
  }

  /** As an argument of its own: strings without quotes. */
  top(value: unknown): string {
    return typeof value === 'string' ? this.#spend(value.slice(0, MAX_CHARS)) : this.print(value, 0);
  }

  print(value: unknown, depth: number): string {
    if (this.#room <= 0) return '…';
    if (typeof value === 'string') return this.#spend(quote(value));
    if (typeof value === 'bigint') return this.#spend(`${String(value).slice(0, MAX_STRING)}n`);
    if (typeof value === 'symbol') return this.#spend(String(value).slice(0, MAX_STRING));
    if (typeof value === 'function') return this.#spend(describeFunction(value));
    if (Object.is(value, -0)) return this.#spend('-0');
    if (typeof value !== 'object' || value === null) return this.#spend(String(value));
    return this.#object(value, depth);
  }

  #spend(text: string): string {
    this.#room -= text.length;
    return text;
  }

  #object(value: object, depth: number): string {
    if (types.isProxy(value)) return this.#spend('[Proxy]');
    if (this.#above.includes(value)) return this.#spend('[Circular]');
    const error = this.#error(value);
    if (error !== undefined) return this.#spend(error);
    const plain = atom(value);
    if (plain !== undefined) return this.#spend(plain);
    const name = className(value);
    if (depth >= MAX_DEPTH) return this.#spend(Array.isArray(value) ? '[Array]' : `[${name || 'Object'}]`);
    this.#above.push(value);
    const text = this.#container(value, name, depth + 1);
    this.#above.pop();
    return text;
  }

  #container(value: object, name: string, depth: number): string {
    if (Array.isArray(value)) return this.#list(value.length, indexed(value), depth, ['[', ']']);
    if (types.isTypedArray(value)) {
      return `${name || 'TypedArray'} ${this.#list(value.length, indexed(value), depth, ['[', ']'])}`;
    }
    if (types.isMap(value)) {
      const pairs = someOf(Map.prototype.entries.call(value));
      const shown = pairs.map(([key, item]) => `${this.print(key, depth)} => ${this.print(item, depth)}`);
      return `Map ${bracket(shown, ['{', '}'])}`;
    }
    if (types.isSet(value)) {
      const items = someOf(Set.prototype.values.call(value));
      const shown = items.map((item) => this.print(item, depth));
      return `Set ${bracket(shown, ['{', '}'])}`;
    }
    const fields = Reflect.ownKeys(value).flatMap((key) => this.#field(value, key, depth));
    return `${name === '' ? '' : `${name} `}${bracket(fields, ['{', '}'])}`;
  }

  #field(value: object, key: string | symbol, depth: number): string[] {
    if (this.#room <= 0) return [];
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor?.enumerable !== true) return [];
    const label = typeof key === 'symbol' ? `[${String(key)}]` : /^[\w$]+$/.test(key) ? key : quote(key);
    const text = 'value' in descriptor ? this.print(descriptor.value, depth) : this.#spend('[Getter]');
    return [`${this.#spend(label)}: ${text}`];
  }

  #list(length: number, item: (index: number) => unknown, depth: number, marks: [string, string]): string {
    const shown: string[] = [];
    for (let i = 0; i < length && i <= MAX_ITEMS && this.#room > 0; i++)
      shown.push(this.print(item(i), depth));
    const hidden = length - Math.min(shown.length, MAX_ITEMS);
    return bracket(hidden > 0 ? [...shown.slice(0, MAX_ITEMS), `… ${hidden} more`] : shown, marks);
  }

  #error(value: object): string | undefined {
    if (!types.isNativeError(value)) return undefined;
    const message = ownText(value, 'message');
    const name = ownText(value, 'name') ?? (className(value) || 'Error');
    const place = this.#locate(value);
    return `${name}${message === undefined ? '' : `: ${message}`}${place === '' ? '' : ` (${place})`}`;
  }
}

function bracket(items: readonly string[], [open, close]: readonly [string, string]): string {
  if (items.length === 0) return open + close;
  const shown = items.length > MAX_ITEMS + 1 ? [...items.slice(0, MAX_ITEMS), '…'] : items;
  const space = open === '{' ? ' ' : '';
  return `${open}${space}${shown.join(', ')}${space}${close}`;
}

/** Reads an item without running an accessor that somebody defined on the array. */
function indexed(value: object): (index: number) => unknown {
  return (index) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, index);
    if (descriptor === undefined || 'value' in descriptor) return descriptor?.value;
    return Symbol('getter');
  };
}

/** Items of an iterator of the language's own, one more than are shown. */
function someOf<T>(iterator: Iterable<T>): T[] {
  const items: T[] = [];
  for (const item of iterator) if (items.push(item) > MAX_ITEMS) break;
  return items;
}

/** Built-in objects that are shown like a value. */
function atom(value: object): string | undefined {
  if (types.isDate(value)) {
    const time = Date.prototype.getTime.call(value);
    return Number.isNaN(time) ? 'Invalid Date' : Date.prototype.toISOString.call(value);
  }
  if (types.isRegExp(value)) return 'RegExp';
  if (types.isPromise(value)) return 'Promise';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'Weak collection';
  if (types.isAnyArrayBuffer(value)) return 'ArrayBuffer';
  return undefined;
}

function describeFunction(value: object): string {
  const name = types.isProxy(value) ? '' : (ownText(value, 'name') ?? '');
  return name === '' ? '[Function]' : `[Function ${name}]`;
}

/** The name of the class that an object is an instance of; empty for plain objects. */
function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return '[no prototype]';
  if (prototype === Object.prototype || typeof prototype !== 'object' || types.isProxy(prototype)) return '';
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof constructor !== 'function' || types.isProxy(constructor)) return '';
  return ownText(constructor, 'name') ?? '';
}

function ownText(value: object, key: string): string | undefined {
  const text: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
  return typeof text === 'string' ? text.slice(0, MAX_STRING) : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quote(text: string): string {
  const shown = text.length > MAX_STRING ? `${text.slice(0, MAX_STRING)}…` : text;
  return `'${shown.replace(/[\\'\n\r\t]/g, (unit) => ESCAPES[unit] ?? `\\${unit}`)}'`;
}

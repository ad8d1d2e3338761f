import { FileError } from '@lockstep/api';
import type { FileStore, NodeId } from '@lockstep/api';
import { kindOf } from '@lockstep/test-harness/services';
import type { Device, DeviceContext, DeviceWorld } from '@lockstep/test-harness/suite';
import type { FileChanged } from './seen.ts';

/** The most that one read or append moves in this lab's tests: small, so that small files have many blocks. */
export const BLOCK_BYTES = 256;

/** Time to a store and back, in µs each way. The same for all calls, so that they arrive in order. */
const SHARED_HOP_US = 200;
const LOCAL_HOP_US = 50;

interface Request {
  readonly path: string;
  readonly to: string;
  readonly offset: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** Files by path. */
class Files {
  readonly #files = new Map<string, Uint8Array>();

  get(path: string): Uint8Array {
    const file = this.#files.get(path);
    if (file === undefined) throw new FileError('not-found', `there is no file ${path}`);
    return file;
  }

  find(path: string): Uint8Array | undefined {
    return this.#files.get(path);
  }

  put(path: string, bytes: Uint8Array): void {
    this.#files.set(path, bytes);
  }

  list(prefix: string): string[] {
    return [...this.#files.keys()].filter((path) => path.startsWith(prefix)).sort();
  }

  read(path: string, offset: number, length: number): Uint8Array {
    refuseLarge(length);
    return this.get(path).slice(offset, offset + length);
  }

  append(path: string, bytes: Uint8Array): void {
    refuseLarge(bytes.length);
    const old = this.#files.get(path) ?? new Uint8Array(0);
    const whole = new Uint8Array(old.length + bytes.length);
    whole.set(old);
    whole.set(bytes, old.length);
    this.#files.set(path, whole);
  }

  rename(from: string, to: string): void {
    const file = this.get(from);
    if (this.#files.has(to)) throw new FileError('exists', `there is a file ${to} already`);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  clear(): void {
    this.#files.clear();
  }
}

function refuseLarge(bytes: number): void {
  if (bytes <= BLOCK_BYTES) return;
  throw new FileError('too-large', `${bytes} bytes at once, but a block has ${BLOCK_BYTES}`);
}

type Handler = (files: Files, request: Request) => unknown;

const OPERATIONS: Readonly<Record<string, Handler>> = {
  size: (files, { path }) => files.get(path).length,
  list: (files, { path }) => files.list(path),
  read: (files, { path, offset, length }) => files.read(path, offset, length),
  append: (files, { path, bytes }) => files.append(path, bytes),
  rename: (files, { path, to }) => files.rename(path, to),
  remove: (files, { path }) => files.remove(path),
};

function handlersOf(
  run: (operation: string, handler: Handler, request: Request, context: DeviceContext) => unknown,
): Device['handlers'] {
  return Object.fromEntries(
    Object.entries(OPERATIONS).map(([name, handler]) => [
      name,
      (args: unknown, context: DeviceContext) => run(name, handler, args as Request, context),
    ]),
  );
}

/** The shared file system: shows the judges each change of a file that is no temporary one. */
export class SharedFiles implements Device {
  readonly hopUs = [SHARED_HOP_US, SHARED_HOP_US] as const;
  readonly handlers: Device['handlers'];
  readonly #files = new Files();
  #world: DeviceWorld | undefined;

  constructor() {
    this.handlers = handlersOf((operation, handler, request, { from }) => {
      const result = handler(this.#files, request);
      if (operation === 'append' || operation === 'remove') this.#show(operation, request.path, from);
      if (operation === 'rename') {
        this.#show('remove', request.path, from);
        this.#show('rename', request.to, from);
      }
      return result;
    });
  }

  start(world: DeviceWorld): void {
    this.#world = world;
  }

  /** Puts an input there. */
  put(path: string, text: string): void {
    this.#files.put(path, new TextEncoder().encode(text));
  }

  /** The text of a file, or `undefined`. */
  text(path: string): string | undefined {
    const bytes = this.#files.find(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  list(prefix: string): readonly string[] {
    return this.#files.list(prefix);
  }

  #show(how: FileChanged['how'], path: string, by: NodeId): void {
    if (path.includes('/tmp-')) return;
    const text = this.text(path);
    this.#world?.observe({
      kind: 'file-changed',
      text: `${by}: ${how} ${path}`,
      how,
      path,
      by,
      ...(text === undefined ? {} : { content: text }),
    } satisfies FileChanged as FileChanged);
  }
}

/** The machines' own disks. They survive crashes, unless the script takes them away. */
export class LocalFiles implements Device {
  readonly hopUs = [LOCAL_HOP_US, LOCAL_HOP_US] as const;
  readonly handlers: Device['handlers'];
  readonly #disks = new Map<NodeId, Files>();

  constructor() {
    this.handlers = handlersOf((_, handler, request, { from }) => handler(this.#disk(from), request));
  }

  /** The machine gets a new disk, with nothing on it. */
  lose(node: NodeId): void {
    this.#disk(node).clear();
  }

  /** Files on a machine's disk. */
  list(node: NodeId): readonly string[] {
    return this.#disk(node).list('');
  }

  #disk(node: NodeId): Files {
    const known = this.#disks.get(node);
    if (known !== undefined) return known;
    const files = new Files();
    this.#disks.set(node, files);
    return files;
  }
}

/**
 * What an implementation holds of a store: the contract's methods, over the port of its device. An argument of another
 * kind than the contract says is the caller's mistake, and never reaches the store, where it would be somebody else's.
 */
export function makeStore(port: unknown): FileStore {
  const methods = port as Readonly<Record<string, (args: object) => Promise<never>>>;
  const call = (name: string, args: object): Promise<never> => {
    const method = methods[name];
    if (method === undefined) throw new TypeError(`the device has no method ${name}`);
    return method(args);
  };
  const store: FileStore = {
    blockBytes: BLOCK_BYTES,
    size: (path) => call('size', { path: asPath(path, 'size') }),
    list: (prefix) => call('list', { path: asPath(prefix, 'list') }),
    read: (path, offset, length) =>
      call('read', {
        path: asPath(path, 'read'),
        offset: asCount(offset, 'an offset'),
        length: asCount(length, 'a length'),
      }),
    append: (path, bytes) => call('append', { path: asPath(path, 'append'), bytes: asBytes(bytes) }),
    rename: (from, to) => call('rename', { path: asPath(from, 'rename'), to: asPath(to, 'rename') }),
    remove: (path) => call('remove', { path: asPath(path, 'remove') }),
  };
  for (const method of Object.values(store)) Object.freeze(method);
  return Object.freeze(store);
}

function asPath(path: unknown, operation: string): string {
  if (typeof path === 'string') return path;
  throw new TypeError(`${operation}() wants a path, which is text, not ${kindOf(path)}`);
}

function asCount(count: unknown, what: string): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw new TypeError(`read() wants ${what}, which is a whole number from 0, not ${kindOf(count)}`);
}

function asBytes(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  throw new TypeError(`append() wants bytes, which are a Uint8Array, not ${kindOf(bytes)}`);
}

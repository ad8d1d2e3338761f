import type { Files, OpenFile } from '../../src/disk/files.ts';
import type { Draw } from './draw.ts';

/** What a device writes whole: of a write that was not made durable, each sector survives a crash or not. */
const SECTOR_BYTES = 16;

type Edit = { readonly position: number; readonly bytes: Uint8Array } | { readonly length: number };

/** A file's content: what is durable, and what has been done to it since. */
class Inode {
  durable: Uint8Array = new Uint8Array();
  edits: Edit[] = [];

  get content(): Uint8Array {
    return this.edits.reduce(edit, this.durable);
  }

  sync(): void {
    this.durable = this.content;
    this.edits = [];
  }

  /** What a crash leaves of it. */
  crash(draw: Draw): void {
    const survivors = this.edits.flatMap((change) => {
      if (!('bytes' in change)) return draw(2) === 0 ? [change] : [];
      return sectors(change).filter(() => draw(2) === 0);
    });
    this.durable = survivors.reduce(edit, this.durable);
    this.edits = [];
  }
}

function edit(content: Uint8Array, change: Edit): Uint8Array {
  if (!('bytes' in change)) return resized(content, change.length);
  const result = resized(content, Math.max(content.length, change.position + change.bytes.length));
  result.set(change.bytes, change.position);
  return result;
}

function resized(content: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length);
  result.set(content.subarray(0, length));
  return result;
}

function sectors({ position, bytes }: { position: number; bytes: Uint8Array }): Edit[] {
  const parts: Edit[] = [];
  for (let start = 0; start < bytes.length; start += SECTOR_BYTES) {
    parts.push({ position: position + start, bytes: bytes.slice(start, start + SECTOR_BYTES) });
  }
  return parts;
}

type Names = Map<string, Inode>;

/**
 * A directory in memory that loses in a crash what a device may lose: any sectors that were not made durable, and the
 * latest changes of names.
 */
export class MemoryFiles implements Files {
  #names: Names = new Map();
  #durableNames: Names = new Map();
  #renamings: ((names: Names) => void)[] = [];
  #operations = 0;
  #crashAt = Infinity;
  #failAt = Infinity;
  #crashed: () => void = () => undefined;
  /** Steps that made file contents durable. */
  syncs = 0;

  /** Operations done so far, of every kind. */
  get operations(): number {
    return this.#operations;
  }

  /** Lets everything stop short right after operation number `operation` from now has begun; resolves when it has. */
  crashAt(operation: number): Promise<void> {
    this.#crashAt = this.#operations + operation;
    return new Promise((resolve) => (this.#crashed = resolve));
  }

  /** Lets operation number `operation` from now fail. */
  failAt(operation: number): void {
    this.#failAt = this.#operations + operation;
  }

  /** What is there after the crash, for the next process to open. */
  afterCrash(draw: Draw): MemoryFiles {
    const survivors = new MemoryFiles();
    for (const change of this.#renamings.slice(0, draw(this.#renamings.length + 1)))
      change(this.#durableNames);
    for (const inode of new Set(this.#durableNames.values())) inode.crash(draw);
    survivors.#names = new Map(this.#durableNames);
    survivors.#durableNames = new Map(this.#durableNames);
    return survivors;
  }

  get names(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** A file's content as the next reader would find it, to be damaged at will. */
  content(name: string): Uint8Array {
    return this.#inode(name).content;
  }

  setContent(name: string, content: Uint8Array): void {
    const inode = new Inode();
    inode.durable = content;
    this.#names.set(name, inode);
    this.#durableNames.set(name, inode);
  }

  path(name: string): string {
    return `/memory/${name}`;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    await this.step(() => undefined);
    return this.#names.get(name)?.content;
  }

  /** Like the two below, it changes nothing, so that there is no step of it for a crash. */
  async readPart(name: string, position: number, length: number): Promise<Uint8Array> {
    const part = this.#inode(name).content.slice(position, position + length);
    return new Promise((resolve) => setImmediate(() => resolve(part)));
  }

  list(): Promise<string[]> {
    return Promise.resolve(this.names);
  }

  size(name: string): Promise<number | undefined> {
    return Promise.resolve(this.#names.get(name)?.content.length);
  }

  async open(name: string, keep?: 'keep'): Promise<OpenFile> {
    let inode: Inode | undefined;
    await this.step(() => {
      inode = keep === 'keep' ? this.#inode(name) : new Inode();
      const made = inode;
      if (keep !== 'keep') this.#rename((names) => names.set(name, made));
    });
    return new MemoryFile(this, inode ?? new Inode());
  }

  rename(from: string, to: string): Promise<void> {
    return this.step(() => {
      const inode = this.#inode(from);
      this.#rename((names) => {
        names.delete(from);
        names.set(to, inode);
      });
    });
  }

  remove(name: string): Promise<void> {
    return this.step(() => this.#rename((names) => names.delete(name)));
  }

  syncDirectory(): Promise<void> {
    return this.step(() => {
      this.#durableNames = new Map(this.#names);
      this.#renamings = [];
    });
  }

  /** One operation: it takes a while, and may be the last one. */
  async step(run: () => void): Promise<void> {
    const operation = ++this.#operations;
    if (operation > this.#crashAt) return new Promise(() => undefined);
    if (operation === this.#failAt) throw new Error('no space left on the device');
    run();
    if (operation === this.#crashAt) {
      this.#crashed();
      return new Promise(() => undefined);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  #rename(change: (names: Names) => void): void {
    change(this.#names);
    this.#renamings.push(change);
  }

  #inode(name: string): Inode {
    const inode = this.#names.get(name);
    if (inode === undefined) throw new Error(`there is no file ${name}`);
    return inode;
  }
}

class MemoryFile implements OpenFile {
  readonly #files: MemoryFiles;
  readonly #inode: Inode;

  constructor(files: MemoryFiles, inode: Inode) {
    this.#files = files;
    this.#inode = inode;
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    const copy = bytes.slice();
    return this.#files.step(() => void this.#inode.edits.push({ position, bytes: copy }));
  }

  truncate(length: number): Promise<void> {
    return this.#files.step(() => void this.#inode.edits.push({ length }));
  }

  sync(): Promise<void> {
    return this.#files.step(() => {
      this.#files.syncs++;
      this.#inode.sync();
    });
  }

  close(): Promise<void> {
    return this.#files.step(() => undefined);
  }
}

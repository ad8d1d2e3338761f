import { DiskError } from '@lockstep/api';
import { SITE } from './chooser.ts';
import { copyValue } from './copy.ts';
import type { Copied } from './copy.ts';
import { crossing } from './crossing.ts';
import type { DiskDraw, DiskModel } from './disk-model.ts';
import type { Incarnation } from './incarnation.ts';
import { MILLION } from './network.ts';
import { NodeWork } from './node.ts';
import type { SimNode } from './node.ts';
import { CODE, Scheduled } from './world.ts';
import type { World } from './world.ts';

/** A stored value with its size: name and value in the canonical encoding. */
interface Entry {
  readonly value: unknown;
  readonly bytes: number;
}

/** All that one scope has stored. */
type Contents = Map<string, Entry>;

/** One submitted batch that the disk has not confirmed. */
interface PendingWrite {
  readonly scope: string;
  /** `undefined` deletes. */
  readonly entries: readonly (readonly [name: string, entry: Entry | undefined])[];
  readonly incarnation: Incarnation;
  readonly operation: number;
  readonly resolve: () => void;
  readonly reject: (error: DiskError) => void;
}

const PURPOSES = { latency: 0, failure: 1, fate: 2, 'rejected-fate': 3 } as const;

/** A node's disk. It outlives the node's crashes; what was not confirmed may not. */
export class SimDisk {
  readonly #node: SimNode;
  #durable = new Map<string, Contents>();
  /** What the running node sees: the durable contents and its own pending writes. */
  #visible = new Map<string, Contents>();
  #pending: PendingWrite[] = [];
  #lastEndUs = 0;
  model: DiskModel;

  constructor(node: SimNode, model: DiskModel) {
    this.#node = node;
    this.model = model;
  }

  /** Submits a batch. The promise settles in an event of the node. */
  write(incarnation: Incarnation, scope: string, batch: Readonly<Record<string, unknown>>): Promise<void> {
    const { world } = this.#node;
    // Refused batches throw here, before anything has happened.
    const copied = copyValue(batch, 'the batch');
    const submit = (resolve: () => void, reject: (error: DiskError) => void): void => {
      if (!incarnation.effect()) return;
      const operation = ++incarnation.diskOperations;
      const entries = toEntries(copied);
      const write = { scope, entries, incarnation, operation, resolve, reject };
      this.#account(scope, incarnation, copied);
      apply(this.#visible, write);
      this.#pending.push(write);
      const latency = Math.max(
        1,
        Math.floor(this.model.writeLatencyUs(copied.bytes, this.#draw(incarnation, operation))),
      );
      const end = Math.max(this.#lastEndUs, this.#node.departureUs) + latency;
      this.#lastEndUs = end;
      if (world.recorder !== undefined) {
        const names = entries.map(([name, entry]) => (entry === undefined ? `-${name}` : name));
        world.trace(
          'disk-write',
          this.#node.id,
          `write ${operation}: ${names.slice(0, 6).join(', ')}${names.length > 6 ? ', …' : ''}`,
        );
      }
      world.schedule(end, this.#node.index, new WriteEnd(this, write));
      incarnation.afterEffect();
    };
    // A promise swallows what its executor throws.
    return new Promise<void>(crossing(world.crossings, submit));
  }

  read(incarnation: Incarnation, scope: string, name: string): Promise<unknown> {
    const value = this.#visible.get(scope)?.get(name)?.value;
    return this.#respond(incarnation, value);
  }

  entries(incarnation: Incarnation, scope: string, prefix: string): Promise<unknown> {
    const contents = this.#visible.get(scope) ?? new Map<string, Entry>();
    const names = [...contents.keys()].filter((name) => name.startsWith(prefix)).sort(byCodeUnits);
    return this.#respond(
      incarnation,
      names.map((name) => [name, contents.get(name)?.value]),
    );
  }

  /** Bytes in the scopes whose name is `scope` or lies below it; of all scopes without one. */
  usedBytes(scope?: string, exactly = false): number {
    let bytes = 0;
    for (const [name, contents] of this.#visible) {
      if (scope !== undefined && name !== scope && (exactly || !name.startsWith(`${scope}/`))) continue;
      for (const entry of contents.values()) bytes += entry.bytes;
    }
    return bytes;
  }

  /** The disk has finished a write. */
  end(write: PendingWrite): void {
    const index = this.#pending.indexOf(write);
    if (index < 0) return;
    this.#pending.splice(index, 1);
    const { world } = this.#node;
    const draw = this.#draw(write.incarnation, write.operation);
    const fails = this.model.writeFails(draw);
    if (fails) {
      world.countFault('writes failed');
      if (draw.below('rejected-fate', 2) === 0) apply(this.#durable, write);
      this.#rebuildVisible();
    } else apply(this.#durable, write);
    this.#node.arrive(
      new WriteDone(this.#node, write.incarnation, write.operation, () => {
        if (fails)
          write.reject(new DiskError('the disk failed to write; whether the batch was written is unknown'));
        else write.resolve();
      }),
    );
  }

  /** The node has crashed: each unconfirmed batch survives or not, whole. Says how many there were, and are lost. */
  crash(): { readonly unfinished: number; readonly lost: number } {
    const pending = this.#pending;
    this.#pending = [];
    this.#lastEndUs = 0;
    let survivors = 0;
    for (const write of pending) {
      const survives = this.model.survives(this.#draw(write.incarnation, write.operation));
      if (survives) {
        apply(this.#durable, write);
        survivors++;
      } else {
        this.#node.world.countFault('unsynced writes lost');
        if (this.model.order === 'ordered') break;
      }
    }
    this.#rebuildVisible();
    return { unfinished: pending.length, lost: pending.length - survivors };
  }

  #rebuildVisible(): void {
    this.#visible = new Map();
    for (const [scope, contents] of this.#durable) this.#visible.set(scope, new Map(contents));
    for (const write of this.#pending) apply(this.#visible, write);
  }

  #respond(incarnation: Incarnation, value: unknown): Promise<unknown> {
    const { world } = this.#node;
    const operation = ++incarnation.diskOperations;
    const copy = copyValue(value, 'the stored value').value;
    const latency = Math.max(1, Math.floor(this.model.readLatencyUs(this.#draw(incarnation, operation))));
    const submit = (resolve: (value: unknown) => void): void => {
      const done = new WriteDone(this.#node, incarnation, operation, () => resolve(copy));
      world.schedule(this.#node.departureUs + latency, this.#node.index, done);
    };
    return new Promise(crossing(world.crossings, submit));
  }

  #account(scope: string, incarnation: Incarnation, copied: Copied): void {
    const accounts = [this.#node.account, incarnation.scopes.get(scope)?.account];
    for (const account of accounts) {
      if (account === undefined) continue;
      account.diskWrites++;
      account.diskBytes += copied.bytes;
    }
    this.#node.world.hash.add(this.#node.index, CODE.diskWrite, copied.hash);
  }

  #draw(incarnation: Incarnation, operation: number): DiskDraw {
    const { chooser } = this.#node.world;
    const place = this.#node.index * 65_536 + incarnation.boot;
    const below = (purpose: keyof typeof PURPOSES, n: number): number =>
      chooser.choose(SITE.disk, place, operation, PURPOSES[purpose], n);
    return { below, chance: (purpose, p) => p > 0 && below(purpose, MILLION) >= MILLION - p * MILLION };
  }
}

/** The end of a write belongs to the disk, even when the node that submitted it is busy. */
class WriteEnd extends Scheduled {
  readonly #disk: SimDisk;
  readonly #write: PendingWrite;

  constructor(disk: SimDisk, write: PendingWrite) {
    super();
    this.#disk = disk;
    this.#write = write;
  }

  fire(world: World): void {
    world.cause = this.parent;
    this.#disk.end(this.#write);
  }
}

/** A node learns what became of its disk operation. */
class WriteDone extends NodeWork {
  readonly code = CODE.disk;
  readonly detail: number;
  readonly #settle: () => void;

  constructor(node: SimNode, incarnation: Incarnation, operation: number, settle: () => void) {
    super(node, incarnation);
    this.detail = operation;
    this.#settle = settle;
    this.parent = node.world.cause;
  }

  execute(world: World): void {
    if (world.recorder !== undefined)
      world.cause = world.trace('disk-done', this.node.id, `disk operation ${this.detail} done`);
    this.#settle();
  }
}

function toEntries(batch: Copied): PendingWrite['entries'] {
  return Object.entries(batch.value as Record<string, unknown>).map(([name, value]) => [
    name,
    value === undefined
      ? undefined
      : { value, bytes: copyValue(name, 'a name').bytes + copyValue(value, 'a value').bytes },
  ]);
}

function apply(disk: Map<string, Contents>, write: PendingWrite): void {
  let contents = disk.get(write.scope);
  if (contents === undefined) {
    contents = new Map();
    disk.set(write.scope, contents);
  }
  for (const [name, entry] of write.entries) {
    if (entry === undefined) contents.delete(name);
    else contents.set(name, entry);
  }
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import { RpcError } from '@lockstep/api';
import type { DiskCompletion, DiskRequest, NodeId, TestAndSetAnswer } from '@lockstep/api';
import { SECTOR_BYTES } from '@lockstep/guest-machine';
import type { DeferredAnswer, Device, DeviceContext, DeviceWorld } from '@lockstep/test-harness/suite';

/** A call to storage that cannot be reached fails after so long, in ms. */
const UNREACHABLE_MS = 100;

/** One boot of one server. */
interface Holder {
  readonly node: NodeId;
  readonly boot: number;
}

interface Pending {
  readonly request: DiskRequest;
  readonly by: Holder;
  readonly answer: DeferredAnswer;
}

/** What of the calls of a server is lost: whole calls, or the answers alone. */
export type Cut = 'calls' | 'answers';

/** How long a disk takes for a request, in ms: drawn between the two. */
export type DiskTimes = readonly [loMs: number, hiMs: number];

/**
 * The storage that all servers share: the virtual disk, and the flags of epochs with their atomic test-and-set.
 * Requests are executed in the order of their completion, which is drawn; winning an epoch drops the requests of all
 * others that have not been executed by then.
 */
export class Storage implements Device {
  readonly hopUs = [60, 60] as const;
  readonly handlers;
  /** How long requests take from now on. */
  times: DiskTimes;
  /** From now on every so many requests one fails: it does nothing, and its completion says so. Undefined: none. */
  failsEvery: number | undefined;
  #completions = 0;
  readonly #disk: Uint8Array;
  readonly #pending = new Set<Pending>();
  readonly #cut = new Map<NodeId, Cut>();
  #world: DeviceWorld | undefined;
  #epoch = 1;
  #holder: Holder;
  /** Who has won each epoch so far; the first belongs to epoch 1. */
  readonly #winners: Holder[];

  /** @param first who holds epoch 1: its first boot. */
  constructor(first: NodeId, sectors: number, times: DiskTimes) {
    this.#holder = { node: first, boot: 1 };
    this.#winners = [this.#holder];
    this.#disk = new Uint8Array(sectors * SECTOR_BYTES);
    this.times = times;
    this.handlers = {
      testAndSet: (args: unknown, context: DeviceContext) =>
        this.#unlessCut(context, () => this.#testAndSet(args as number, context)),
      execute: (args: unknown, context: DeviceContext) =>
        this.#unlessCut(context, () => this.#execute(args as DiskRequest, context)),
    };
  }

  start(world: DeviceWorld): void {
    this.#world = world;
  }

  /** The newest epoch that has been won. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Who has won the newest epoch. */
  get holder(): NodeId {
    return this.#holder.node;
  }

  /** Cuts a server off from the storage. */
  cut(server: NodeId, lost: Cut = 'calls'): void {
    this.#cut.set(server, lost);
    this.#world?.note(`${server} is cut off: its ${lost} are lost`);
  }

  mend(server: NodeId): void {
    this.#cut.delete(server);
    this.#world?.note(`${server} is connected`);
  }

  #testAndSet(epoch: number, context: DeviceContext): TestAndSetAnswer {
    const { from: node, boot } = context;
    if (epoch === this.#epoch + 1) this.#win({ node, boot });
    const winner = this.#winners[epoch - 1];
    const won = winner?.node === node && winner.boot === boot;
    return { won, epoch: this.#epoch, holder: this.#holder.node };
  }

  #win(by: Holder): void {
    this.#epoch++;
    this.#holder = by;
    this.#winners.push(by);
    for (const pending of this.#pending) {
      if (pending.by.node === by.node && pending.by.boot === by.boot) continue;
      this.#pending.delete(pending);
      this.#answer(pending, 'fenced');
    }
    const text = `${by.node} wins epoch ${this.#epoch}`;
    this.#world?.observe({ kind: 'won', text, server: by.node, boot: by.boot, epoch: this.#epoch });
  }

  #execute(request: DiskRequest, context: DeviceContext): 'fenced' | undefined {
    const { from: node, boot } = context;
    // Here, where it is the caller's error; later it would be the storage's.
    if ((request.sector + request.sectors) * SECTOR_BYTES > this.#disk.length) {
      throw new TypeError(`the shared disk has ${this.#disk.length / SECTOR_BYTES} sectors`);
    }
    if (this.#holder.node !== node || this.#holder.boot !== boot) return 'fenced';
    const pending: Pending = { request, by: { node, boot }, answer: context.defer() };
    this.#pending.add(pending);
    const [lo, hi] = this.times;
    const ms = context.draw.integer(Math.round(lo * 1000), Math.round(hi * 1000)) / 1000;
    this.#world?.after(ms, () => this.#complete(pending));
    return undefined;
  }

  #complete(pending: Pending): void {
    if (!this.#pending.delete(pending)) return;
    const { request, by } = pending;
    const isFailure = this.failsEvery !== undefined && ++this.#completions % this.failsEvery === 0;
    const completion = isFailure ? failureOf(request) : this.#access(request);
    this.#world?.observe({ kind: 'disk-done', server: by.node, boot: by.boot, request, completion });
    this.#answer(pending, completion);
  }

  #answer({ by, answer }: Pending, value: DiskCompletion | 'fenced'): void {
    if (!this.#cut.has(by.node)) return answer.answer(value);
    this.#world?.after(UNREACHABLE_MS, () => answer.refuse(unreachable()));
  }

  #access({ id, operation, sector, sectors, data }: DiskRequest): DiskCompletion {
    const at = sector * SECTOR_BYTES;
    const length = sectors * SECTOR_BYTES;
    if (operation === 'read') {
      return { kind: 'disk', id, ok: true, data: this.#disk.slice(at, at + length) };
    }
    if (data !== undefined) this.#disk.set(data.subarray(0, length), at);
    return { kind: 'disk', id, ok: true };
  }

  /** Takes a call, as far as it and its answer get through. */
  #unlessCut(context: DeviceContext, act: () => unknown): unknown {
    const lost = this.#cut.get(context.from);
    const result = lost === 'calls' ? undefined : act();
    if (lost === undefined) return result;
    const answer = context.defer();
    this.#world?.after(UNREACHABLE_MS, () => answer.refuse(unreachable()));
    return undefined;
  }
}

function failureOf({ id }: DiskRequest): DiskCompletion {
  return { kind: 'disk', id, ok: false };
}

function unreachable(): RpcError {
  return new RpcError('unavailable', 'the shared storage cannot be reached');
}

import { RpcError } from '@lockstep/api';
import type { RpcErrorCode } from '@lockstep/api';
import { cut, MAX_NAME } from '../trace/bounded.ts';
import { preview } from '../trace/preview.ts';
import type { Account } from './accounts.ts';
import { copyPlain, lastCopy } from './copy.ts';
import type { Incarnation } from './incarnation.ts';
import { freshFate, MAX_NODES, resetFate } from './network.ts';
import { NodeWork } from './node.ts';
import type { SimNode } from './node.ts';
import { CODE } from './world.ts';
import { describeRefusal, describeThrown } from '../load/thrown.ts';
import type { World } from './world.ts';

const fate = freshFate();

function ignore(): void {}

/** Methods that every object has; never callable from afar. */
const COMMON = new Set(Object.getOwnPropertyNames(Object.prototype));

/** One call under way. `done` once the caller has its answer, or is dead. */
export class Call {
  readonly caller: Incarnation;
  readonly callee: SimNode;
  readonly scope: string;
  readonly method: string;
  /** Counts what the caller's scope does. */
  readonly account: Account;
  /** When the caller gives up, in µs. */
  readonly deadlineUs: number;
  /** What the caller awaits. */
  readonly promise: Promise<unknown>;
  /** The request's number on its link. */
  number = 0;
  done = false;
  #resolve: (value: unknown) => void = ignore;
  #reject: (error: RpcError) => void = ignore;

  constructor(caller: Incarnation, callee: SimNode, scope: string, method: string, deadlineUs: number) {
    this.caller = caller;
    this.callee = callee;
    this.scope = scope;
    this.method = method;
    this.deadlineUs = deadlineUs;
    this.account = caller.node.scopeAccount(scope);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  succeed(value: unknown): void {
    if (this.done) return;
    this.done = true;
    this.#resolve(value);
  }

  fail(code: RpcErrorCode, message: string): void {
    if (this.done) return;
    this.done = true;
    // Whoever cares awaits the promise, and nobody has to: a lost fire-and-forget call is no crash.
    this.promise.then(undefined, ignore);
    this.#reject(makeRpcError(code, message));
  }

  get isWaiting(): boolean {
    return !this.done && this.caller.alive;
  }

  /** No reply will come: the network says so after a while, or the caller's time-out does. */
  failAfter(afterUs: number | undefined): void {
    if (afterUs === undefined || !this.isWaiting) return;
    const { world, node } = this.caller;
    const at = world.nowUs + afterUs;
    if (at < this.deadlineUs) world.schedule(at, node.index, new CallFailure(this));
  }

  /** The other side is gone, or can't be reached. */
  loseReply(): void {
    const { world, node } = this.caller;
    if (!this.isWaiting) return;
    const draw = world.network.drawFor(node.index, this.callee.index, this.number, 0);
    this.failAfter(world.network.model.unreachable(draw));
  }

  /** For people: a proxy takes methods and scopes of any length. */
  get name(): string {
    return cut(this.scope === '' ? this.method : `${this.scope}.${this.method}`, MAX_NAME);
  }
}

/**
 * An `RpcError` without a stack: none of its frames would be the caller's, and capturing them would cost more than all
 * the rest of a lost call.
 */
function makeRpcError(code: RpcErrorCode, message: string): RpcError {
  const error = Object.create(RpcError.prototype) as object;
  return Object.assign(error, { name: 'RpcError', message, code }) as RpcError;
}

/** Sends the request of a new call. The caller's Host has checked and copied the arguments. */
export function sendRequest(world: World, call: Call, args: unknown, bytes: number, hash: number): void {
  const from = call.caller.node;
  from.account.calls++;
  call.account.calls++;
  transmit(world, from, call.callee, call, new Request(call, args, bytes, hash), call.account);
}

/** Puts one message on the wire and settles its fate. */
function transmit(
  world: World,
  from: SimNode,
  to: SimNode,
  call: Call,
  message: Message,
  scopeAccount: Account,
): void {
  const { network } = world;
  const bytes = message.bytes;
  const number = network.nextNumber(from.index, to.index);
  const draw = network.drawFor(from.index, to.index, number, bytes);
  from.account.messages++;
  from.account.bytes += bytes;
  scopeAccount.messages++;
  scopeAccount.bytes += bytes;
  checkBudget(world, from);
  world.hash.add(from.index * MAX_NODES + to.index, CODE.send, message.hash ^ bytes);
  resetFate(fate, draw);
  if (message.isRequest) network.model.request(fate, draw);
  else network.model.reply(fate, draw);
  from.spend(bytes);
  const departure = from.departureUs;
  const isRecording = world.recorder !== undefined;
  message.number = number;
  if (message.isRequest) call.number = number;
  message.link = isRecording ? `${from.id}>${to.id}#${number}` : '';
  const outerCause = world.cause;
  if (isRecording)
    world.cause = world.trace('send', from.id, `${message.describe()} → ${to.id}`, message.link);
  if (!network.isOpen(from.index, to.index)) {
    message.lose(world, 'cut off', network.model.unreachable(draw));
  } else if (fate.lost) {
    world.countFault(message.isRequest ? 'requests lost' : 'replies lost');
    message.lose(world, 'lost', fate.failAfterUs);
  } else {
    const source = 1024 + from.index * MAX_NODES + to.index;
    // Copies first: sending may run into the fate that is shared by all messages.
    for (const delay of fate.copies) {
      world.countFault('messages duplicated');
      world.schedule(departure + delay, source, message.duplicate());
    }
    world.schedule(departure + fate.delayUs, source, message);
  }
  world.cause = outerCause;
}

function checkBudget(world: World, node: SimNode): void {
  const { messages, bytes } = world.limits;
  if (node.account.messages <= messages && node.account.bytes <= bytes) return;
  const what = node.account.messages > messages ? `${messages} messages` : `${bytes} bytes`;
  world.fail({
    kind: 'budget',
    property: 'bounded traffic',
    message: `${node.id} sent more than ${what} in one run`,
    node: node.id,
  });
}

abstract class Message extends NodeWork {
  readonly call: Call;
  readonly content: unknown;
  readonly size: number;
  readonly hash: number;
  number = 0;
  link = '';

  constructor(
    node: SimNode,
    incarnation: Incarnation | undefined,
    call: Call,
    content: unknown,
    size: number,
    hash: number,
  ) {
    super(node, incarnation);
    this.call = call;
    this.content = content;
    this.size = size;
    this.hash = hash;
  }

  abstract readonly isRequest: boolean;
  abstract describe(): string;
  abstract duplicate(): Message;
  abstract readonly from: SimNode;

  override get bytes(): number {
    return this.size;
  }

  get detail(): number {
    return this.hash;
  }

  override fire(world: World): void {
    if (!world.network.isOpen(this.from.index, this.node.index)) {
      this.parentIsCause(world);
      return this.lose(world, 'cut off', this.unreachable(world));
    }
    this.node.arrive(this);
  }

  override drop(world: World): void {
    this.parentIsCause(world);
    this.lose(world, `${this.node.id} is down`, this.unreachable(world));
  }

  /** Nobody will ever see this message. */
  lose(world: World, why: string, failAfterUs: number | undefined): void {
    if (world.recorder !== undefined)
      world.trace('lost', this.from.id, `${this.describe()} ✗ ${this.node.id}: ${why}`, this.link);
    this.call.failAfter(failAfterUs);
  }

  parentIsCause(world: World): void {
    world.cause = this.parent;
  }

  unreachable(world: World): number | undefined {
    const draw = world.network.drawFor(this.from.index, this.node.index, this.number, 0);
    return world.network.model.unreachable(draw);
  }

  /** Makes the delivery the cause of what the node does. */
  traceDelivery(world: World): void {
    if (world.recorder === undefined) return;
    world.cause = world.trace('deliver', this.node.id, `${this.describe()} ← ${this.from.id}`, this.link);
  }
}

class Request extends Message {
  readonly code = CODE.request;
  readonly isRequest = true;

  constructor(call: Call, content: unknown, size: number, hash: number) {
    super(call.callee, undefined, call, content, size, hash);
  }

  get from(): SimNode {
    return this.call.caller.node;
  }

  describe(): string {
    return `${this.call.name} ${preview(this.content)}`;
  }

  duplicate(): Message {
    const copy = new Request(this.call, copyPlain(this.content, 'a copy'), this.size, this.hash);
    copy.link = this.link;
    copy.number = this.number;
    return copy;
  }

  execute(world: World, incarnation: Incarnation): void {
    this.traceDelivery(world);
    const { call } = this;
    const service = incarnation.scopes.get(call.scope)?.service;
    if (service === undefined) {
      world.trace('note', this.node.id, `nothing serves ${call.name} here (yet)`);
      return reply(world, incarnation, call, refusal('unavailable', `${this.node.id} does not serve yet`));
    }
    const handler: unknown = (service as Record<string, unknown>)[call.method];
    if (typeof handler !== 'function' || COMMON.has(call.method)) {
      world.trace('note', this.node.id, `no method "${call.method}" is served here`);
      return reply(
        world,
        incarnation,
        call,
        refusal('unknown-method', `${this.node.id} serves no method "${call.method}"`),
      );
    }
    let result: unknown;
    let isLater: boolean;
    try {
      result = Reflect.apply(handler, service, [this.content, this.from.callContext]);
      isLater = typeof result === 'object' && result !== null && 'then' in result;
    } catch (error) {
      return handlerThrew(world, incarnation, call, error);
    }
    if (isLater) void answerLater(world, incarnation, call, result);
    else answer(world, incarnation, call, result);
  }
}

interface Refusal {
  readonly ok: false;
  readonly code: RpcErrorCode;
  readonly message: string;
}

type Outcome = { readonly ok: true; readonly value: unknown } | Refusal;

function refusal(code: RpcErrorCode, message: string): Refusal {
  return { ok: false, code, message };
}

function answer(world: World, incarnation: Incarnation, call: Call, value: unknown): void {
  reply(world, incarnation, call, { ok: true, value });
}

/** Awaits a handler's result: whatever that result makes of `then`, there is one answer, and at its time. */
async function answerLater(
  world: World,
  incarnation: Incarnation,
  call: Call,
  result: unknown,
): Promise<void> {
  incarnation.handling.add(call);
  let value: unknown;
  try {
    value = await result;
  } catch (error) {
    incarnation.handling.delete(call);
    return handlerThrew(world, incarnation, call, error);
  }
  incarnation.handling.delete(call);
  answer(world, incarnation, call, value);
}

function handlerThrew(world: World, incarnation: Incarnation, call: Call, error: unknown): void {
  if (!incarnation.alive) return;
  const { text, notImplemented } = describeThrown(error);
  if (notImplemented) return incarnation.failed(error);
  world.countFault('handlers that threw');
  if (world.recorder !== undefined) {
    const stack = incarnation.implementation.describeStack(error);
    world.trace(
      'threw',
      incarnation.node.id,
      `the handler of ${call.name} threw ${text}${stack === '' ? '' : ` ${firstLine(stack)}`}`,
    );
  }
  reply(
    world,
    incarnation,
    call,
    refusal('handler-failed', `the handler of ${call.name} on ${incarnation.node.id} threw ${text}`),
  );
}

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}

function reply(world: World, incarnation: Incarnation, call: Call, outcome: Outcome): void {
  if (!incarnation.effect()) return;
  let content: unknown;
  let error = outcome.ok ? undefined : outcome;
  try {
    content = copyPlain(outcome.ok ? outcome.value : outcome.message, RESULT);
  } catch (thrown) {
    const message = `${call.name}: ${describeRefusal(thrown)}`;
    content = copyPlain(message, RESULT);
    error = { ok: false, code: 'handler-failed', message };
  }
  const { node } = incarnation;
  const message = new Reply(call, content, lastCopy.bytes, lastCopy.hash, error);
  transmit(world, node, call.caller.node, call, message, node.scopeAccount(call.scope));
  incarnation.afterEffect();
}

const RESULT = 'the result';

class Reply extends Message {
  readonly code = CODE.reply;
  readonly isRequest = false;
  readonly #error: Refusal | undefined;

  constructor(call: Call, content: unknown, size: number, hash: number, error: Refusal | undefined) {
    super(call.caller.node, call.caller, call, content, size, hash);
    this.#error = error;
  }

  get from(): SimNode {
    return this.call.callee;
  }

  describe(): string {
    const what =
      this.#error === undefined ? preview(this.content) : `${this.#error.code}: ${this.#error.message}`;
    return `${this.call.name} reply ${what}`;
  }

  duplicate(): Message {
    // A second reply finds its call done: it costs the caller time, and nothing else.
    const copy = new Reply(this.call, this.content, this.size, this.hash, this.#error);
    copy.link = this.link;
    copy.number = this.number;
    return copy;
  }

  execute(world: World): void {
    this.traceDelivery(world);
    if (this.#error === undefined) this.call.succeed(this.content);
    else this.call.fail(this.#error.code, this.#error.message);
  }
}

/** The network, or the caller's deadline, ends a call. */
export class CallFailure extends NodeWork {
  readonly code = CODE.callFailure;
  readonly #call: Call;

  constructor(call: Call) {
    super(call.caller.node, call.caller);
    this.#call = call;
  }

  get detail(): number {
    return this.#call.callee.index;
  }

  override fire(): void {
    if (this.#call.isWaiting) this.node.arrive(this);
  }

  execute(world: World): void {
    if (this.#call.done) return;
    if (world.recorder !== undefined) {
      world.cause = world.trace(
        'timeout',
        this.node.id,
        `${this.#call.name} → ${this.#call.callee.id}: unavailable`,
      );
    }
    this.#call.fail('unavailable', `no reply to ${this.#call.name} from ${this.#call.callee.id}`);
  }
}

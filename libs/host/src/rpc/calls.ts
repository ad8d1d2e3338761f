import { DEFAULT_CALL_TIMEOUT_MS, encode, NotPlainData, RpcError } from '@lockstep/api';
import type { CallOptions, CancelSignal, Clock, NodeId } from '@lockstep/api';
import { describeThrown } from '../describe-thrown.ts';
import type { Life } from '../life.ts';
import type { HostLimits } from '../limits.ts';
import { handled, never } from '../promises.ts';
import type { Outcome } from './exchange.ts';
import { decodeValue } from './messages.ts';
import type { Network } from './network.ts';
import type { PeerLink } from './peer-link.ts';

/** What calls need of their node. */
export interface CallParts {
  readonly life: Life;
  readonly clock: Clock;
  readonly limits: HostLimits;
  readonly network: Network;
}

/** Whom a call goes to. */
export interface CallTarget {
  readonly peer: NodeId;
  readonly scope: string;
  readonly method: string;
}

/** Bytes that a request's envelope takes at most, its names apart. */
const ENVELOPE_BYTES = 64;
/** A UTF-16 code unit takes at most so many bytes of UTF-8. */
const BYTES_PER_UNIT = 3;

/** Makes one call. The promise counts as handled, and stays as it is when the node ends. */
export function startCall(
  parts: CallParts,
  target: CallTarget,
  args: unknown,
  options: CallOptions = {},
): Promise<unknown> {
  if (!parts.life.isAlive) return never();
  try {
    const link = parts.network.link(target.peer);
    if (link === undefined) throw refusal(target, `there is no node "${target.peer}"`);
    const timeoutMs = checkTimeout(target, options.timeoutMs);
    const { signal } = options;
    if (signal?.aborted === true)
      throw new RpcError('cancelled', `${target.method}: the signal was aborted before the call`);
    const encoded = encodeArguments(target, args, parts.limits);
    return handled(new Call(parts, target).run(link, encoded, timeoutMs, signal));
  } catch (error) {
    return handled(
      Promise.reject(error instanceof RpcError ? error : refusal(target, describeThrown(error))),
    );
  }
}

function refusal({ method }: CallTarget, why: string): RpcError {
  return new RpcError('invalid-argument', `${method}: ${why}`);
}

function checkTimeout(target: CallTarget, timeoutMs = DEFAULT_CALL_TIMEOUT_MS): number {
  if (typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs < Infinity) return timeoutMs;
  throw refusal(target, `timeoutMs must be a positive number of milliseconds, not ${String(timeoutMs)}`);
}

function encodeArguments(target: CallTarget, args: unknown, limits: HostLimits): Uint8Array {
  let encoded: Uint8Array;
  try {
    encoded = encode(args, 'args');
  } catch (error) {
    throw refusal(target, error instanceof NotPlainData ? error.message : describeThrown(error));
  }
  const names = target.scope.length + target.method.length;
  if (encoded.length + BYTES_PER_UNIT * names + ENVELOPE_BYTES > limits.maxFrameBytes) {
    throw refusal(
      target,
      `the arguments take ${encoded.length} bytes; a message may take ${limits.maxFrameBytes}: send less at a time`,
    );
  }
  return encoded;
}

class Call {
  readonly #parts: CallParts;
  readonly #target: CallTarget;

  constructor(parts: CallParts, target: CallTarget) {
    this.#parts = parts;
    this.#target = target;
  }

  /** Reply, deadline and signal: the first of them ends the call, and puts away the others. */
  run(
    link: PeerLink,
    args: Uint8Array,
    timeoutMs: number,
    signal: CancelSignal | undefined,
  ): Promise<unknown> {
    const { peer, scope, method } = this.#target;
    return new Promise((resolve, reject) => {
      const putAway = (): void => {
        withdraw();
        deadline.cancel();
        signal?.removeEventListener('abort', cancel);
      };
      const fail = (error: RpcError): void => {
        putAway();
        if (this.#parts.life.isAlive) reject(error);
      };
      const cancel = (): void =>
        fail(new RpcError('cancelled', `${method} to ${peer}: the caller's signal ended the call`));
      const withdraw = link.submit({
        request: { scope, method, args },
        settle: (outcome) => {
          const end = this.#read(outcome);
          if (end.error !== undefined) return fail(end.error);
          putAway();
          if (this.#parts.life.isAlive) resolve(end.value);
        },
      });
      const deadline = this.#parts.clock.after(timeoutMs, () =>
        fail(new RpcError('unavailable', `${method} to ${peer}: no reply within ${timeoutMs} ms`)),
      );
      signal?.addEventListener('abort', cancel);
    });
  }

  #read(outcome: Outcome): { readonly value?: unknown; readonly error?: RpcError } {
    const { peer, method } = this.#target;
    const failed = (code: RpcError['code'], reason: string): { readonly error: RpcError } => ({
      error: new RpcError(code, `${method} to ${peer}: ${reason}`),
    });
    if (!outcome.ok) return failed(outcome.code, outcome.reason);
    try {
      return { value: decodeValue(outcome.result) };
    } catch (error) {
      return failed('unavailable', `the reply can't be read: ${describeThrown(error)}`);
    }
  }
}

import { RpcError } from '@lockstep/api';
import type { CallOptions, Host, NodeId } from '@lockstep/api';
import type { Actions } from './check.ts';

/** How long calls may take that are expected to end by themselves, however busy the machine is. */
export const PATIENTLY: CallOptions = { timeoutMs: 20_000 };

/** A call that a node is to make. */
export interface Ask {
  readonly to: NodeId;
  /** A path of scope names; none for the node itself. */
  readonly scope?: readonly string[];
  readonly method: string;
  readonly args?: unknown;
  readonly timeoutMs?: number;
}

/** How a call ended: with a value, or with the code of an `RpcError`. */
export type Answer = { readonly value: unknown } | { readonly code: string };

/** Any service, to callers that don't care for types. */
export type Anything = Record<string, (args: unknown) => unknown>;

/** Makes a call. Rejects only when the call fails with anything but an `RpcError`. */
export function ask(host: Host, { to, scope = [], method, args, timeoutMs }: Ask): Promise<Answer> {
  const layer = scope.reduce((outer, name) => outer.scope(name), host);
  const call = layer.peer<Anything>(to)[method];
  if (call === undefined) throw new TypeError(`a client has no method "${method}"`);
  return answerOf(call(args, timeoutMs === undefined ? PATIENTLY : { timeoutMs }));
}

/** What a call's promise comes to. */
export async function answerOf(call: Promise<unknown>): Promise<Answer> {
  try {
    return { value: await call };
  } catch (error) {
    if (error instanceof RpcError) return { code: error.code };
    throw error;
  }
}

/** Actions of a node that calls others. */
export function callerActions(host: Host): Actions {
  const ended: [name: string, answer: Answer][] = [];
  return {
    /** Makes a call, and gives the answer. */
    call: (wanted: Ask) => ask(host, wanted),
    /** Makes a call under a name, and waits for nothing. */
    begin: ({ name, ...wanted }: Ask & { readonly name: string }) => {
      void ask(host, wanted).then((answer) => ended.push([name, answer]));
    },
    /** The calls begun that have ended, in the order in which they did. */
    ended: () => ended,
  };
}

/** A node that does nothing but call others. */
export const caller = callerActions;

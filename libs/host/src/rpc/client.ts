import type { CallOptions, NodeId } from '@lockstep/api';
import { startCall } from './calls.ts';
import type { CallParts } from './calls.ts';

/** A typed client: whatever method is asked of it calls that method of the scope on the peer. */
export function makeClient(parts: CallParts, peer: NodeId, scope: string): object {
  const methods = new Map<string, object>();
  return new Proxy(Object.freeze({}), {
    get: (_target, method) => {
      // An awaited client must not look like a promise.
      if (typeof method !== 'string' || method === 'then') return undefined;
      let call = methods.get(method);
      if (call === undefined) {
        call = Object.freeze((args: unknown, options?: CallOptions) =>
          startCall(parts, { peer, scope, method }, args, options),
        );
        methods.set(method, call);
      }
      return call;
    },
  });
}

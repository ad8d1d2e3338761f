import type { Host } from '@lockstep/api';
import { callee } from './callee.ts';
import { PATIENTLY } from './caller.ts';
import type { Anything } from './caller.ts';
import type { Actions, ConformanceCheck } from './check.ts';
import { expectSame, isSame } from './expectations.ts';
import { makePlain } from './values.ts';

/** Calls with values that might not survive the way to the check unchanged, and compares on the node. */
function comparer(host: Host): Actions {
  const call = (method: string, args: unknown): Promise<unknown> => {
    const send = host.peer<Anything>('n2')[method];
    if (send === undefined) throw new TypeError('the client has no method');
    return send(args, PATIENTLY);
  };
  return {
    /** What comes back in another form than it was sent. */
    changed: async () => {
      const changed: string[] = [];
      for (const [kind, value] of Object.entries(makePlain())) {
        const reply = await call('echo', value);
        if (!isSame(reply, value)) changed.push(kind);
        if (value instanceof Uint8Array && Object.getPrototypeOf(reply) !== Uint8Array.prototype)
          changed.push(`${kind}: no plain Uint8Array`);
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        if (isObject && !(value instanceof Uint8Array) && Object.getPrototypeOf(reply) !== Object.prototype)
          changed.push(`${kind}: another prototype`);
      }
      return changed;
    },
    /** Changes its arguments right after the call, and what came back once it is there. */
    changeAfterwards: async () => {
      const args = { list: [1], bytes: Uint8Array.of(1) };
      const reply = call('keep', args);
      args.list.push(2);
      args.bytes[0] = 2;
      const kept = (await reply) as typeof args;
      kept.list.push(3);
      kept.bytes[0] = 3;
      return call('kept', undefined);
    },
  };
}

/** Keeps its argument, answers it, and changes it after that. */
function keeper(host: Host): Actions {
  let kept: { list: number[]; bytes: Uint8Array } | undefined;
  host.serve({
    keep: (args: { list: number[]; bytes: Uint8Array }) => {
      kept = args;
      return args;
    },
    kept: () => kept,
  });
  return {};
}

/** What becomes of values on their way. */
export const RPC_VALUES: readonly ConformanceCheck[] = [
  {
    name: 'plain data of every kind arrives as it was sent',
    isAboutCrashes: false,
    nodes: { n1: comparer, n2: callee },
    async run(world) {
      expectSame(await world.run('n1', 'changed'), [], 'what has changed on its way');
    },
  },
  {
    name: 'arguments and results are copies: who changes them later changes nobody else’s',
    isAboutCrashes: false,
    nodes: { n1: comparer, n2: keeper },
    async run(world) {
      const kept = await world.run('n1', 'changeAfterwards');
      expectSame(kept, { list: [1], bytes: Uint8Array.of(1) }, 'what the callee keeps');
    },
  },
];

import type { Host } from '@lockstep/api';
import { callee } from './callee.ts';
import { caller } from './caller.ts';
import type { Actions, ConformanceCheck } from './check.ts';
import { eventually, expectSame } from './expectations.ts';

class Base {
  readonly #greeting: string;

  constructor(greeting: string) {
    this.#greeting = greeting;
  }

  inherited(name: string): string {
    return `${this.#greeting}, ${name}`;
  }
}

class Greeter extends Base {
  async own(name: string): Promise<string> {
    return this.inherited(name);
  }
}

function greeter(host: Host): Actions {
  host.serve(new Greeter('hello'));
  return {};
}

/** Serves one thing, and another one when asked to. */
function changing(host: Host): Actions {
  host.serve({ first: () => 1, both: () => 'old' });
  return { change: () => host.serve({ second: () => 2, both: () => 'new' }) };
}

/** Handlers that answer nothing, at once or later. */
function silent(host: Host): Actions {
  host.serve({ nothing: () => undefined, later: async () => undefined });
  return {};
}

/** How calls find their handlers, and replies their callers. */
export const RPC_REPLIES: readonly ConformanceCheck[] = [
  {
    name: 'a call ends with the value that the handler answers, at once or by a promise, own or inherited',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: greeter },
    async run(world) {
      for (const method of ['inherited', 'own']) {
        const answer = await world.run('n1', 'call', { to: 'n2', method, args: 'n1' });
        expectSame(answer, { value: 'hello, n1' }, `the reply of a method that is ${method}`);
      }
    },
  },
  {
    name: 'arguments and results may be undefined',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: silent },
    async run(world) {
      for (const method of ['nothing', 'later']) {
        const answer = await world.run('n1', 'call', { to: 'n2', method });
        expectSame(answer, { value: undefined }, `the reply of ${method}`);
      }
    },
  },
  {
    name: 'a handler learns who called, from the network',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: callee, n3: caller },
    async run(world) {
      for (const node of ['n1', 'n3']) {
        const answer = await world.run(node, 'call', {
          to: 'n2',
          method: 'whoCalls',
          args: { from: 'forged' },
        });
        expectSame(answer, { value: node }, 'the caller');
      }
    },
  },
  {
    name: 'a node may call itself, like anybody else',
    isAboutCrashes: false,
    nodes: { n1: (host) => ({ ...callee(host), ...caller(host) }) },
    async run(world) {
      const whoCalls = await world.run('n1', 'call', { to: 'n1', method: 'whoCalls' });
      expectSame(whoCalls, { value: 'n1' }, 'the caller');
      const missing = await world.run('n1', 'call', { to: 'n1', method: 'missing' });
      expectSame(missing, { code: 'unknown-method' }, 'a missing method of its own');
    },
  },
  {
    name: 'many calls may be under way, and each gets its own reply, whatever their order',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: callee },
    async run(world) {
      for (const name of ['a', 'b', 'c', 'd']) {
        await world.run('n1', 'begin', { name, to: 'n2', method: 'hold', args: name });
      }
      await eventually(world, 'four requests are held', async () => {
        return (await world.run<unknown[]>('n2', 'held')).length === 4;
      });
      const order = ['c', 'a', 'd', 'b'];
      for (const [index, name] of order.entries()) {
        await world.run('n2', 'letGo', name);
        await eventually(world, `${name} is answered`, async () => {
          return (await world.run<unknown[]>('n1', 'ended')).length === index + 1;
        });
      }
      const ended = await world.run('n1', 'ended');
      expectSame(
        ended,
        order.map((name) => [name, { value: name }]),
        'the replies',
      );
    },
  },
  {
    name: 'to serve again replaces the handlers',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: changing },
    async run(world) {
      const call = (method: string): Promise<unknown> => world.run('n1', 'call', { to: 'n2', method });
      expectSame(await call('both'), { value: 'old' }, 'a method of both, before');
      expectSame(await call('second'), { code: 'unknown-method' }, 'a method of the second, before');
      await world.run('n2', 'change');
      expectSame(await call('both'), { value: 'new' }, 'a method of both, after');
      expectSame(await call('second'), { value: 2 }, 'a method of the second, after');
      expectSame(await call('first'), { code: 'unknown-method' }, 'a method of the first, after');
    },
  },
];

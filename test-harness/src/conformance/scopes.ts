import type { Host } from '@lockstep/api';
import { caller } from './caller.ts';
import type { Anything } from './caller.ts';
import type { Actions, ConformanceCheck } from './check.ts';
import { expectSame } from './expectations.ts';

/** Serves the same method in several scopes, and nothing in the scope `b`. */
function layered(host: Host): Actions {
  const layers = {
    '(none)': host,
    a: host.scope('a'),
    'a/b': host.scope('a').scope('b'),
    'a-b': host.scope('a-b'),
    A_1: host.scope('A_1'),
  };
  for (const [name, layer] of Object.entries(layers)) layer.serve({ where: () => name });
  return {
    /** A second Host of the same scope takes over from the first. */
    serveAgain: () => host.scope('a').serve({ where: () => 'a, again' }),
  };
}

/** Tries things with the Host that have nothing to do with others. */
function selfish(host: Host): Actions {
  return {
    identities: () => [host.id, host.scope('a').id, host.scope('a').scope('b').id],
    badNames: () =>
      ['', 'a/b', 'a b', 'é', '..', 'a.b', ['a'], { toString: () => 'a' }].filter((name) => {
        try {
          host.scope(name as string);
          return true;
        } catch {
          return false;
        }
      }),
    awaitClient: async () => {
      const client = host.peer<Anything>('n1');
      return (await Promise.resolve(client)) === client;
    },
    draw: (count: number) => ({
      uniform: Array.from({ length: count }, () => host.random.uniform()),
      integer: Array.from({ length: count }, () => host.random.integer(-1, 2)),
      certain: host.random.integer(7, 7),
    }),
    logAnything: () => {
      const cyclic: Record<string, unknown> = {};
      cyclic['self'] = cyclic;
      for (const data of [undefined, null, 1n, cyclic, (): number => 1, Symbol('s'), new Map()]) {
        host.log.debug('anything', data);
        host.log.info('anything', data);
        host.scope('a').log.warn('anything', data);
      }
      return 'no harm done';
    },
  };
}

/** The layers of one node, and what a Host offers beside network, disk and clock. */
export const SCOPES: readonly ConformanceCheck[] = [
  {
    name: 'each scope has services of its own, and calls stay in their scope',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: layered },
    async run(world) {
      const where = (...scope: string[]): Promise<unknown> =>
        world.run('n1', 'call', { to: 'n2', scope, method: 'where', timeoutMs: 20_000 });
      expectSame(await where(), { value: '(none)' }, 'the node itself');
      expectSame(await where('a'), { value: 'a' }, 'the scope a');
      expectSame(await where('a', 'b'), { value: 'a/b' }, 'the scope b of the scope a');
      expectSame(await where('a-b'), { value: 'a-b' }, 'the scope a-b');
      expectSame(await where('A_1'), { value: 'A_1' }, 'the scope A_1');
      const unserved = { to: 'n2', scope: ['b'], method: 'where', timeoutMs: 30 };
      expectSame(
        await world.run('n1', 'call', unserved),
        { code: 'unavailable' },
        'a scope that nobody serves',
      );
    },
  },
  {
    name: 'two Hosts of one scope are the same scope',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: layered },
    async run(world) {
      await world.run('n2', 'serveAgain');
      const answer = await world.run('n1', 'call', { to: 'n2', scope: ['a'], method: 'where' });
      expectSame(answer, { value: 'a, again' }, 'the scope a');
    },
  },
  {
    name: 'a node has one id in all its scopes, whose names are letters, digits, - and _',
    isAboutCrashes: false,
    nodes: { n1: selfish },
    async run(world) {
      expectSame(await world.run('n1', 'identities'), ['n1', 'n1', 'n1'], 'the ids');
      expectSame(await world.run('n1', 'badNames'), [], 'bad names that were accepted');
    },
  },
  {
    name: 'a client may be awaited, and stays a client',
    isAboutCrashes: false,
    nodes: { n1: selfish },
    async run(world) {
      expectSame(await world.run('n1', 'awaitClient'), true, 'the client is still itself');
    },
  },
  {
    name: 'random numbers lie in their range, and integers include both ends',
    isAboutCrashes: false,
    nodes: { n1: selfish },
    async run(world) {
      const drawn = await world.run<{ uniform: number[]; integer: number[]; certain: number }>(
        'n1',
        'draw',
        400,
      );
      const outside = drawn.uniform.filter((n) => !(n >= 0 && n < 1));
      expectSame(outside, [], 'uniform numbers outside [0, 1)');
      expectSame(new Set(drawn.uniform).size > 390, true, 'uniform numbers differ');
      expectSame(
        [...new Set(drawn.integer)].sort((a, b) => a - b),
        [-1, 0, 1, 2],
        'integers from -1 to 2',
      );
      expectSame(drawn.certain, 7, 'an integer from 7 to 7');
    },
  },
  {
    name: 'anything may be logged',
    isAboutCrashes: true,
    nodes: { n1: selfish },
    async run(world) {
      expectSame(await world.run('n1', 'logAnything'), 'no harm done', 'logging');
    },
  },
];

import { RpcError } from '@lockstep/api';
import type { CancelSignal, Host } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import { runSimulation } from '../../src/world/index.ts';
import { toyRun } from './toy.ts';

/** What a Host says to this, in an event of its node. */
async function said(act: (host: Host) => unknown): Promise<unknown> {
  let heard: unknown = 'nothing';
  const program = (host: Host): Record<string, never> => {
    if (host.id === 'n1')
      host.clock.after(1, () => {
        try {
          heard = act(host);
        } catch (error) {
          heard = error;
        }
        if (heard instanceof Promise)
          heard.then(
            (value: unknown) => (heard = value),
            (error: unknown) => (heard = error),
          );
      });
    return {};
  };
  const { verdict } = await runSimulation(toyRun(program, (world) => world.sleep(50)));
  expect(verdict).toEqual({ status: 'pass' });
  return heard;
}

/** Text that is another one each time that it is asked for; nobody may ask. */
const changing = {
  toString: () => {
    throw new Error('somebody has run my code');
  },
};
const text = changing as unknown as string;
const number = changing as unknown as number;

describe('a Host tells whoever calls it what is wrong with an argument, and runs no code of it', () => {
  it.each<[string, (host: Host) => unknown, Error]>([
    [
      'the name of a scope',
      (host) => host.scope(text),
      new TypeError("a scope's name is letters, digits, - and _, not an object"),
    ],
    [
      'the id of a node',
      (host) => host.peer<{ x(args: object): void }>(text).x({}),
      new RpcError('invalid-argument', "a node's id is text, not an object"),
    ],
    [
      'a time-out',
      (host) => host.peer<{ x(args: object): void }>('n2').x({}, { timeoutMs: number }),
      new RpcError('invalid-argument', 'timeoutMs must be a positive number, not an object'),
    ],
    [
      'a signal',
      (host) =>
        host.peer<{ x(args: object): void }>('n2').x({}, { signal: changing as unknown as CancelSignal }),
      new RpcError('invalid-argument', 'signal must be that of an AbortController, not an object'),
    ],
    [
      'a delay',
      (host) => host.clock.after(number, () => undefined),
      new TypeError('after() wants a number of milliseconds'),
    ],
    [
      'a delay to sleep',
      (host) => host.clock.sleep(number),
      new TypeError('after() wants a number of milliseconds'),
    ],
    [
      'what is to be called later',
      (host) => host.clock.after(1, changing as unknown as () => void),
      new TypeError('after() wants a function to call'),
    ],
    [
      'bounds of a random number',
      (host) => host.random.integer(number, number),
      new RangeError(
        'integer(lo, hi) wants two integers, lo <= hi, less than 2^32 apart; not an object, an object',
      ),
    ],
    [
      'a batch of a list',
      (host) => host.disk.write([1] as unknown as Record<string, unknown>),
      new TypeError('write() wants an object: names to values'),
    ],
    [
      'a batch of bytes',
      (host) => host.disk.write(Uint8Array.of(1) as unknown as Record<string, unknown>),
      new TypeError('write() wants an object: names to values'),
    ],
    [
      'a service',
      (host) => host.serve(7 as unknown as object),
      new TypeError('serve() wants an object whose methods are the handlers'),
    ],
  ])('%s', async (_, act, error) => {
    expect(await said(act)).toEqual(error);
  });

  it('but for what is logged: that never fails', async () => {
    expect(await said((host) => host.log.info(text, changing))).toBeUndefined();
  });
});

describe('what is logged is looked at in recordings alone, and', () => {
  const proxy = (run: () => void): object =>
    new Proxy({}, { ownKeys: () => (run(), []), getPrototypeOf: () => (run(), null) });
  it.each<[string, (run: () => void) => unknown]>([
    [
      'a getter',
      (run) => ({
        get a() {
          return run();
        },
      }),
    ],
    [
      'a getter further in',
      (run) => ({
        list: [
          {
            get a() {
              return run();
            },
          },
        ],
      }),
    ],
    ['an item of a list', (run) => Object.defineProperty([1], 0, { get: run, enumerable: true })],
    [
      'an item that is missing',
      (run) => Object.setPrototypeOf(new Array(1), Object.create(Array.prototype, { 0: { get: run } })),
    ],
    ['a proxy', (run) => proxy(run)],
    ['the prototype of bytes', (run) => Object.setPrototypeOf(Uint8Array.of(1), proxy(run))],
  ])('%s of it does not run there either', async (_, make) => {
    let runs = 0;
    const program = (host: Host): Record<string, never> => {
      host.log.info(
        'look',
        make(() => void runs++),
      );
      return {};
    };
    const run = toyRun(program, (world) => world.sleep(5), { options: { record: true } });
    const { trace = [] } = await runSimulation(run);
    expect(trace.filter(({ kind }) => kind === 'log').map(({ text: line }) => line)).toEqual(
      Array.from({ length: 3 }, () => 'look (not plain data)'),
    );
    expect(runs).toBe(0);
  });

  it('plain data is shown', async () => {
    const program = (host: Host): Record<string, never> => {
      host.log.info('look', { term: 3, list: [1, 2], bytes: Uint8Array.of(1), none: undefined });
      return {};
    };
    const run = toyRun(program, (world) => world.sleep(5), { servers: 1, options: { record: true } });
    const { trace = [] } = await runSimulation(run);
    expect(trace.find(({ kind }) => kind === 'log')?.text).toBe(
      'look {term: 3, list: [1, 2], bytes: <1 bytes>, none: undefined}',
    );
  });
});

import type { CallOptions, CancelSignal, Host } from '@lockstep/api';
import { callee } from './callee.ts';
import { answerOf, ask, caller, PATIENTLY } from './caller.ts';
import type { Answer, Anything } from './caller.ts';
import type { Actions, ConformanceCheck } from './check.ts';
import { eventually, expectSame } from './expectations.ts';
import { makeUnplain } from './values.ts';

/** Handlers that fail in every way. */
function failing(host: Host): Actions {
  host.serve({
    throws: () => {
      throw new Error('thrown');
    },
    throwsText: () => {
      // oxlint-disable-next-line typescript/only-throw-error -- a handler may throw anything
      throw 'text';
    },
    rejects: async () => {
      throw new Error('rejected');
    },
    answersUnplain: (kind: string) => makeUnplain()[kind],
    answersUnplainLater: async (kind: string) => makeUnplain()[kind],
  });
  return {};
}

/** Serves only when asked to. */
function hesitant(host: Host): Actions {
  return { serve: () => host.serve({ echo: (args: unknown) => args }) };
}

/** Makes calls that make no sense. */
function careless(host: Host): Actions {
  const peer = host.peer<Anything>('n2');
  const note = (args: unknown, options: CallOptions): Promise<Answer> => {
    const call = peer['note'];
    if (call === undefined) throw new TypeError('the client has no method');
    return answerOf(call(args, options));
  };
  return {
    ...caller(host),
    unplainArguments: (kind: string) => note({ nested: [makeUnplain()[kind]] }, PATIENTLY),
    strangeTimeouts: () =>
      Promise.all([0, -1, NaN, Infinity].map((timeoutMs) => note('strange', { timeoutMs }))),
  };
}

/** A signal as small as the contract of one. */
class Signal implements CancelSignal {
  aborted = false;
  readonly #listeners = new Set<() => void>();

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    this.aborted = true;
    for (const listener of this.#listeners) listener();
  }
}

/** Calls and cancels. */
function canceller(host: Host): Actions {
  const signals = { early: new Signal(), later: new Signal(), late: new Signal() };
  const call = (method: string, signal: Signal): Promise<Answer> => {
    const send = host.peer<Anything>('n2')[method];
    if (send === undefined) throw new TypeError('the client has no method');
    return answerOf(send(method, { ...PATIENTLY, signal }));
  };
  return {
    ...caller(host),
    cancelBefore: () => {
      signals.early.abort();
      return call('hold', signals.early);
    },
    cancelMeanwhile: () => {
      const answer = call('hold', signals.later);
      host.clock.after(5, () => signals.later.abort());
      return answer;
    },
    cancelAfterwards: async () => {
      const answer = await call('echo', signals.late);
      signals.late.abort();
      return answer;
    },
  };
}

/** Everything that a call can fail with, and when. */
export const RPC_FAILURES: readonly ConformanceCheck[] = [
  {
    name: 'a handler that throws or rejects makes the call fail with handler-failed',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: failing },
    async run(world) {
      for (const method of ['throws', 'throwsText', 'rejects']) {
        const answer = await world.run('n1', 'call', { to: 'n2', method });
        expectSame(answer, { code: 'handler-failed' }, `a handler that ${method}`);
      }
    },
  },
  {
    name: 'a result that is not plain data makes the call fail with handler-failed',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: failing },
    async run(world) {
      for (const method of ['answersUnplain', 'answersUnplainLater']) {
        for (const kind of Object.keys(makeUnplain())) {
          const answer = await world.run('n1', 'call', { to: 'n2', method, args: kind });
          expectSame(answer, { code: 'handler-failed' }, `a result that is ${kind}`);
        }
      }
    },
  },
  {
    name: 'arguments that are not plain data are an invalid-argument, and nothing is sent',
    isAboutCrashes: false,
    nodes: { n1: careless, n2: callee },
    async run(world) {
      for (const kind of Object.keys(makeUnplain())) {
        const answer = await world.run('n1', 'unplainArguments', kind);
        expectSame(answer, { code: 'invalid-argument' }, `arguments that hold ${kind}`);
      }
      await world.run('n1', 'call', { to: 'n2', method: 'note', args: 'the only one' });
      expectSame(await world.run('n2', 'notes'), ['the only one'], 'what the callee got');
    },
  },
  {
    name: 'a time-out that is no positive number is an invalid-argument, and nothing is sent',
    isAboutCrashes: false,
    nodes: { n1: careless, n2: callee },
    async run(world) {
      const answers = await world.run('n1', 'strangeTimeouts');
      const refused = { code: 'invalid-argument' };
      expectSame(answers, [refused, refused, refused, refused], 'calls with strange time-outs');
      await world.run('n1', 'call', { to: 'n2', method: 'note', args: 'the only one' });
      expectSame(await world.run('n2', 'notes'), ['the only one'], 'what the callee got');
    },
  },
  {
    name: 'a call to an id that nobody has is an invalid-argument',
    isAboutCrashes: false,
    nodes: { n1: caller },
    async run(world) {
      const answer = await world.run('n1', 'call', { to: 'nobody', method: 'echo' });
      expectSame(answer, { code: 'invalid-argument' }, 'the call');
    },
  },
  {
    name: 'a method that is not served is an unknown-method, also when every object has one of that name',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: callee },
    async run(world) {
      for (const method of ['missing', 'toString', 'constructor', 'hasOwnProperty', '__proto__', 'valueOf']) {
        const answer = await world.run('n1', 'call', { to: 'n2', method });
        expectSame(answer, { code: 'unknown-method' }, `the method ${method}`);
      }
    },
  },
  {
    name: 'a node that does not serve yet is unavailable, until it does',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: hesitant },
    async run(world) {
      const wanted = { to: 'n2', method: 'echo', args: 'x' };
      const before = await world.run('n1', 'call', { ...wanted, timeoutMs: 30 });
      expectSame(before, { code: 'unavailable' }, 'a call before serve()');
      await world.run('n2', 'serve');
      expectSame(await world.run('n1', 'call', wanted), { value: 'x' }, 'a call after serve()');
    },
  },
  {
    name: 'a call without a reply ends as unavailable when its time is up, and a later reply changes nothing',
    isAboutCrashes: false,
    nodes: { n1: caller, n2: callee },
    async run(world) {
      const late = { name: 'late', to: 'n2', method: 'hold', args: 'late', timeoutMs: 20 };
      await world.run('n1', 'begin', late);
      await eventually(world, 'the call ends', async () => {
        return (await world.run<unknown[]>('n1', 'ended')).length === 1;
      });
      await world.run('n2', 'letGo', 'late');
      const next = await world.run('n1', 'call', { to: 'n2', method: 'echo', args: 'next' });
      expectSame(next, { value: 'next' }, 'the next call');
      expectSame(await world.run('n1', 'ended'), [['late', { code: 'unavailable' }]], 'the late call');
    },
  },
  {
    name: "a caller's signal ends its call as cancelled, and does nothing once the reply is there",
    isAboutCrashes: false,
    nodes: { n1: canceller, n2: callee },
    async run(world) {
      expectSame(await world.run('n1', 'cancelBefore'), { code: 'cancelled' }, 'cancelled before the call');
      expectSame(
        await world.run('n1', 'cancelMeanwhile'),
        { code: 'cancelled' },
        'cancelled during the call',
      );
      expectSame(await world.run('n1', 'cancelAfterwards'), { value: 'echo' }, 'cancelled after the reply');
      await world.run('n2', 'letGo', 'hold');
      const next = await world.run('n1', 'call', { to: 'n2', method: 'echo', args: 'next' });
      expectSame(next, { value: 'next' }, 'the next call');
    },
  },
  {
    name: 'a peer that is down is unavailable, and called again successfully once it is up',
    isAboutCrashes: true,
    nodes: { n1: caller, n2: callee },
    async run(world) {
      const wanted = { to: 'n2', method: 'echo', args: 'x' };
      await world.crash('n2');
      const down = await world.run('n1', 'call', { ...wanted, timeoutMs: 40 });
      expectSame(down, { code: 'unavailable' }, 'a call to a dead node');
      await world.restart('n2');
      await eventually(world, 'the restarted node answers', async () => {
        return 'value' in (await world.run<Answer>('n1', 'call', wanted));
      });
    },
  },
  {
    name: 'a call that fails though nobody waits for it is no crash',
    isAboutCrashes: true,
    nodes: {
      n1: (host) => ({
        forget: () => {
          for (const method of ['throws', 'missing', 'answersUnplain'])
            void ask(host, { to: 'n2', method, args: 'a function' });
          const { throws, missing } = host.peer<Anything>('n2');
          void throws?.(1, PATIENTLY);
          void missing?.(1, { timeoutMs: -1 });
          void missing?.(makeUnplain());
          void host.peer<Anything>('nobody')['echo']?.(1);
          void host.peer<Anything>('n3')['echo']?.(1, { timeoutMs: 10 });
        },
        isUp: () => true,
      }),
      n2: failing,
      n3: callee,
    },
    async run(world) {
      await world.crash('n3');
      await world.run('n1', 'forget');
      await world.sleep(50);
      expectSame(await world.run('n1', 'isUp'), true, 'the caller is up');
    },
  },
  {
    name: 'a call that has failed before somebody awaits it is no crash',
    isAboutCrashes: true,
    nodes: {
      n1: (host) => ({
        awaitLate: async () => {
          const failed = host.peer<Anything>('n2')['throws']?.(1, PATIENTLY);
          const slow = host.clock.sleep(40);
          await slow;
          return answerOf(Promise.resolve(failed));
        },
      }),
      n2: failing,
    },
    async run(world) {
      expectSame(
        await world.run('n1', 'awaitLate'),
        { code: 'handler-failed' },
        'the call that was awaited late',
      );
    },
  },
];

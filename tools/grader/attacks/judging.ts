/*
 * The wall of judging: points are for what a system does, not for looking as if it did. A judge holds every apply
 * against what was proposed, and when; values are nonces; what a server draws says nothing of the run's other choices.
 */

/** A Raft that has no consensus in it, and what it does to be taken for one. */
export interface FakeRaft {
  readonly id: string;
  readonly code: string;
  /** What the judges must see. */
  readonly property: string;
  /** Without judges it earns the test's points; what the lab's boot refuses needs no judge. */
  readonly worksUnjudged: boolean;
}

interface Fake {
  /** Statements of the leader, with `index` and `command`, before `start` answers. */
  readonly lead: string;
  /** Statements of the others, which may await. */
  readonly follow?: string;
  readonly status?: string;
}

/** The first server appoints itself; the others are told what to apply. */
function fake({ lead, follow = '', status = '({ term: 1, isLeader: leads })' }: Fake): string {
  return `export default (host: any, peers: any, apply: any, options: any) => {
    const leads = host.id === 'n1';
    const message = (index: number, command: unknown): any => ({ kind: 'command', index, term: 1, command });
    let last = 0;
    host.serve({ take: async (index: number, command: unknown) => { ${follow} apply(message(index, command)); } });
    if (leads) host.clock.after(1, () => options.onLeader?.(1));
    return {
      start(command: unknown) {
        if (!leads) return undefined;
        const index = ++last;
        for (const id of peers) void host.peer(id).take({ index, command });
        ${lead}
        return { index, term: 1 };
      },
      status: () => ${status},
      snapshot() {},
    };
  };`.replace('take: async (index: number, command: unknown) =>', 'take: async ({ index, command }: any) =>');
}

/** All fakes; the test is one in which nothing fails, so that there is nothing but judges to stop them. */
export const FAKE_RAFTS: readonly FakeRaft[] = [
  {
    id: 'applies-at-once',
    code: fake({ lead: 'apply(message(index, command));' }),
    property: 'validity',
    worksUnjudged: true,
  },
  {
    id: 'applies-before-anybody-could-answer',
    code: fake({ lead: 'queueMicrotask(() => apply(message(index, command)));' }),
    property: 'validity',
    worksUnjudged: true,
  },
  {
    id: 'lets-a-follower-invent-entries',
    code: fake({
      lead: 'host.clock.after(60, () => apply(message(index, command)));',
      follow: `if (host.id === 'n2' && index === 3) apply(message(3, '300#0123456789abcdef'));`,
    }),
    property: 'validity',
    worksUnjudged: false,
  },
  {
    id: 'changes-a-message-after-it-was-judged',
    code: fake({
      lead: `const m = message(index, 'nothing'); let reads = 0;
        Object.defineProperty(m, 'command', { enumerable: true, get: () => (reads++ === 0 ? 'nothing' : command) });
        host.clock.after(60, () => apply(m));`,
    }),
    property: 'state machine safety',
    worksUnjudged: false,
  },
  {
    id: 'gives-a-message-that-throws-at-whoever-looks',
    code: fake({
      lead: `host.clock.after(60, () => apply(new Proxy(message(index, command), {
        get() { throw new Error('no judge'); }, ownKeys() { throw new Error('no judge'); },
      })));`,
    }),
    property: 'contract',
    worksUnjudged: false,
  },
  {
    id: 'gives-a-status-that-throws',
    code: fake({
      lead: 'apply(message(index, command));',
      status: `({ term: 1, get isLeader() { if (last > 0) throw new Error('no judge'); return leads; } })`,
    }),
    property: 'validity',
    worksUnjudged: false,
  },
];

/** Servers that tell each other what to apply, and a promise that gives the lab a driver of their own to ask. */
export const BRINGS_ITS_OWN_DRIVER = `export default (host: any, peers: any) => {
  const leads = host.id === 'n1';
  const log: string[] = [];
  host.serve({ take: ({ index, command }: any) => { log[index] = command; } });
  const driver = {
    status: { term: 1, isLeader: leads },
    service: { ledTerm: 1, lastApplied: 0, snapshotBytes: 0 },
    sample() {},
    appliedAt: (index: number) => log[index - 1],
    propose(command: string) {
      if (!leads) return undefined;
      const index = log.push(command) - 1;
      for (const id of peers) void host.peer(id).take({ index, command });
      return { index: index + 1, term: 1 };
    },
  };
  return Object.defineProperty(Promise.resolve(), 'then', { value: () => driver });
};`;

/** A server that never answers anybody, and takes a failed start for a way to end all runs without a violation. */
export const FORGES_A_VERDICT = `const never = () => new Promise(() => {});
export default {
  async server(host: any, peers: unknown, deps: any) {
    await deps.raft(() => {}, {});
    try {
      await deps.raft(() => {}, {});
    } catch (error: any) {
      const attempts = [
        () => Object.defineProperty(error.constructor, Symbol.hasInstance, { value: (x: any) => { x.violation = undefined; return true; } }),
        () => Object.defineProperty(error, 'violation', { value: undefined }),
        () => { throw new error.constructor({ kind: 'safety', property: 'forged', message: 'forged' }); },
      ];
      for (const attempt of attempts) try { attempt(); } catch {}
    }
    return { save: () => null };
  },
  clerk: () => ({ get: never, put: never, append: never, putIf: never }),
  lock: () => ({ acquire: never, release: never }),
};`;

/** A state machine that hands Raft snapshots of nothing, and says that they are large: logs need not be cut, then. */
export const MEASURES_TWICE = `export default {
  async server(host: any, peers: any, deps: any) {
    let reads = 0;
    const state = Object.defineProperty({}, 'data', { enumerable: true, get: () => (reads++ === 0 ? 'first' : 'later') });
    const raft = await deps.raft(() => {}, {});
    host.clock.after(20, () => { raft.snapshot(1, state); host.log.info('read ' + reads); });
    return { save: () => null };
  },
  clerk: () => ({}),
  lock: () => ({}),
};`;

/** A relay that sends nothing after the first value, and makes the others up. */
export const GUESSES_VALUES = `export default (host: any) => {
  let first: string | undefined;
  let asked = 0;
  host.serve({ hold: (value: string) => { first ??= value; } });
  return {
    put: (value: string) => { if (host.id === 'n1' && first === undefined) { first = value; void host.peer('n2').hold(value); } },
    get: () => first?.replace(/(\\d+)$/, (n) => String(Number(n) + asked++)),
  };
};`;

/** Recovers the run's seed from what its server draws, if it is one that anybody can know, and sends nothing at all. */
export const RECOVERS_THE_SEED = `import { nonceOf, recoverSeed } from './oracle.ts';
export default (host: any) => {
  const seed = recoverSeed(host.id, [host.random.uniform(), host.random.uniform(), host.random.uniform()]);
  let asked = 0;
  return { put: () => {}, get: () => (seed === undefined ? undefined : nonceOf(seed, asked++)) };
};`;

/** Looks at all that could tell a grader from a student's own machine, and says it. */
export const LOOKS_AROUND = `export default (host: any) => {
  const look = (what: string, get: () => unknown): string => {
    try { return what + '=' + String(get()); } catch (error: any) { return what + ' throws ' + String(error?.message); }
  };
  const seen = [
    look('globals', () => Object.getOwnPropertyNames(globalThis).sort()),
    look('process', () => typeof (globalThis as any).process),
    look('date', () => new Date().toISOString()),
    look('zone', () => new Date(0).getTimezoneOffset()),
    look('performance', () => performance.now()),
    look('stack', () => new Error('x').stack),
    look('source', () => String(host.serve) + String(console.log) + String(setTimeout)),
    look('host', () => Object.keys(host).sort() + host.id),
    look('memory', () => (performance as any).memory),
    look('locale', () => (1234.5).toLocaleString() + ['b', 'a', 'ä'].sort((a, b) => a.localeCompare(b))),
  ];
  for (const line of seen) for (let i = 0; i < line.length; i += 200) console.log(line.slice(i, i + 200));
  let held: string | undefined;
  host.serve({ hold: (value: string) => { held = value; } });
  return { put: (value: string) => void host.peer('n2').hold(value), get: () => held };
};`;

import type { ApplyMessage, Raft, RaftStatus } from '@lockstep/api';
import type { BootContext } from '@lockstep/test-harness/suite';
import { describe, expect, it } from 'vitest';
import lab from '../lab.ts';
import { lackingMethod, readFactory } from '../src/boot.ts';
import { asCommand, makeCommand, show } from '../src/commands.ts';
import { Driver } from '../src/driver.ts';
import { Figure8Watch } from '../src/figure-8-watch.ts';
import { count, describeServers, list } from '../src/report.ts';
import { readSnapshot } from '../src/seen.ts';
import type { RaftSeen } from '../src/seen.ts';
import { Service } from '../src/service.ts';
import type { ServiceSettings } from '../src/service.ts';

const tests = lab.parts.flatMap((part) => part.tests);

describe('the lab', () => {
  it('gives a hundred points', () => {
    expect(tests.reduce((sum, test) => sum + test.points, 0)).toBe(100);
  });

  it('says of every test what it is about, with the paper’s section, and what a run must have reached', () => {
    for (const test of tests) {
      expect(test.about, test.id).toMatch(/Raft §|Figure \d/);
      expect(Object.keys(test.situations ?? {}), test.id).not.toHaveLength(0);
      expect(test.network?.().name, test.id).toContain('longDelays');
    }
  });

  it('answers for every Raft test of the course, under its old and its new name', () => {
    const course = {
      A: ['InitialElection', 'ReElection', 'ManyElections'],
      B: ['BasicAgree', 'RPCBytes', 'FollowerFailure', 'LeaderFailure', 'FailAgree', 'FailNoAgree'].concat([
        'ConcurrentStarts',
        'Rejoin',
        'Backup',
        'Count',
      ]),
      C: ['Persist1', 'Persist2', 'Persist3', 'Figure8', 'UnreliableAgree', 'Figure8Unreliable'].concat([
        'ReliableChurn',
        'UnreliableChurn',
      ]),
      D: ['SnapshotBasic', 'SnapshotInstall', 'SnapshotInstallUnreliable', 'SnapshotInstallCrash'].concat([
        'SnapshotInstallUnCrash',
        'SnapshotAllCrash',
        'SnapshotInit',
      ]),
    };
    for (const [part, names] of Object.entries(course)) {
      const answered = lab.parts.find(({ id }) => id === part)?.tests.flatMap((test) => test.course ?? []);
      const expected = names.flatMap((name) => [`Test${name}2${part}`, `Test${name}3${part}`]);
      expect(answered?.toSorted()).toEqual(expected.toSorted());
    }
  });
});

describe('the default export of raft.ts', () => {
  const factory = () => ({});
  const reason = (exports: Record<string, unknown>): string => {
    try {
      readFactory(exports);
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };

  it('must be a function, of this contract if it says so', () => {
    expect(reason({ default: factory })).toBe('accepted');
    expect(reason({ default: factory, contract: 'raft/1' })).toBe('accepted');
    expect(reason({})).toContain('no default export');
    expect(reason({ default: {} })).toContain('is an object, not a function');
    expect(reason({ default: null })).toContain('is null, not a function');
    expect(reason({ default: factory, contract: 'raft/7' })).toContain('contract = "raft/7"');
    expect(reason({ default: factory, contract: 7 })).toContain('this lab is for "raft/1"');
  });

  it('must give an object with the methods of the contract', () => {
    const raft = { start: factory, status: factory, snapshot: factory };
    expect(lackingMethod(raft)).toBeUndefined();
    expect(lackingMethod({ ...raft, snapshot: undefined })).toContain('no method snapshot()');
    expect(lackingMethod(null)).toContain('gave null');
    expect(lackingMethod(undefined)).toContain('gave undefined');
  });
});

describe('commands', () => {
  it('are shown without their nonce, and shortened', () => {
    expect(show(makeCommand('101', 'abc'))).toBe('"101"');
    expect(show(makeCommand('a#b', 'abc'))).toBe('"a#b"');
    expect(show(makeCommand('7'.repeat(5000), 'abc'))).toBe('"777777777777…" (5000 characters)');
  });

  it('are strings; anything else gets a name that no command has', () => {
    expect(asCommand('a#1')).toBe('a#1');
    expect([null, 7, [], {}].map(asCommand).join()).toContain('(not a command)');
  });
});

/** A boot context that records what is observed. */
function context(settings: ServiceSettings = {}, sleep: (ms: number) => Promise<void> = async () => {}) {
  const seen: RaftSeen[] = [];
  const fake = {
    settings,
    host: { id: 'n1', clock: { sleep } },
    observe: (what: RaftSeen) => void seen.push(what),
    copy: <T>(value: T) => structuredClone(value),
  } as unknown as BootContext<RaftSeen>;
  return { seen, fake, kinds: () => seen.map(({ kind }) => kind) };
}

const command = (index: number, text = `${index}#x`): ApplyMessage => ({
  kind: 'command',
  index,
  term: 1,
  command: text,
});

function raftWith(methods: Partial<Raft>): Raft {
  return {
    start: () => undefined,
    status: () => ({ term: 0, isLeader: false }),
    snapshot: () => {},
    ...methods,
  };
}

describe('the service', () => {
  it('keeps what was applied, in order', () => {
    const { fake, kinds } = context();
    const service = new Service(fake);
    void service.apply(command(1));
    void service.apply(command(2));
    expect(service.commands).toEqual(['1#x', '2#x']);
    expect(kinds()).toEqual(['applied', 'applied']);
  });

  it('hands over snapshots at 9, 19, …, with its whole state, when a test asks for them', () => {
    const snapshots: [number, unknown][] = [];
    const { fake } = context({ snapshots: true });
    const service = new Service(fake);
    service.attach(raftWith({ snapshot: (index, data) => void snapshots.push([index, data]) }));
    for (let index = 1; index <= 20; index++) void service.apply(command(index));
    expect(snapshots.map(([index]) => index)).toEqual([9, 19]);
    expect(readSnapshot(snapshots[0]?.[1])).toEqual({
      lastIncludedIndex: 9,
      commands: service.commands.slice(0, 9),
    });
  });

  it('goes on from a snapshot, and counts those that came while it was behind', () => {
    const { fake, kinds } = context({ snapshots: true });
    const service = new Service(fake);
    const data = (index: number) => ({
      lastIncludedIndex: index,
      commands: Array.from({ length: index }, (_, i) => `${i + 1}#x`),
    });
    void service.apply({ kind: 'snapshot', index: 9, term: 1, data: data(9) });
    expect([service.lastApplied, service.installed]).toEqual([9, 0]);
    void service.apply({ kind: 'snapshot', index: 19, term: 1, data: data(19) });
    void service.apply(command(20));
    expect([service.lastApplied, service.installed, service.snapshotIndex]).toEqual([20, 1, 19]);
    expect(kinds()).toEqual(['restored', 'restored', 'applied']);
  });

  it('tells the judges of messages that make no sense', () => {
    const { fake, seen } = context();
    const service = new Service(fake);
    const strange: unknown[] = [
      undefined,
      { kind: 'commit', index: 1, term: 1 },
      { ...command(1), index: 0 },
      { ...command(1), index: 1.5 },
      { ...command(1), term: -1 },
      { kind: 'snapshot', index: 1, term: 1, data: 'mine' },
    ];
    for (const message of strange) void service.apply(message as ApplyMessage);
    service.lead(0);
    expect(seen.every(({ kind }) => kind === 'misused')).toBe(true);
    expect(seen).toHaveLength(strange.length + 1);
  });

  it('notices a message that does not wait for the one before', async () => {
    let wake = (): void => {};
    const { fake, kinds } = context({ applyMs: 1 }, () => new Promise((resolve) => (wake = resolve)));
    const service = new Service(fake);
    const first = service.apply(command(1));
    void service.apply(command(2));
    expect(kinds()).toEqual(['applied', 'misused']);
    wake();
    await first;
    void service.apply(command(2));
    expect(kinds()).toEqual(['applied', 'misused', 'applied']);
  });
});

describe('the driver', () => {
  function driverOf(methods: Partial<Raft>) {
    const { fake, seen, kinds } = context();
    return { driver: new Driver(raftWith(methods), new Service(fake), fake), seen, kinds };
  }

  it('reports what start() answered, and what status() says beside it', () => {
    const status: RaftStatus = { term: 3, isLeader: true };
    const { driver, seen } = driverOf({ start: () => ({ index: 1, term: 3 }), status: () => status });
    expect(driver.propose('a#1')).toEqual({ index: 1, term: 3 });
    expect(seen).toMatchObject([
      { kind: 'offered', command: 'a#1' },
      { kind: 'proposed', index: 1, term: 3, status },
    ]);
    const { driver: follower, kinds } = driverOf({});
    expect(follower.propose('a#1')).toBeUndefined();
    expect(kinds()).toEqual(['offered', 'refused']);
  });

  it('reports answers that are no places in a log', () => {
    for (const answer of [
      null,
      7,
      {},
      { index: 0, term: 1 },
      { index: Number.NaN, term: 1 },
      { index: 1, term: '1' },
    ]) {
      const { driver, kinds } = driverOf({ start: (() => answer) as unknown as Raft['start'] });
      expect(driver.propose('a#1')).toBeUndefined();
      expect(kinds()).toEqual(['offered', 'misused']);
    }
  });

  it('samples the status, and reports it when it has changed', () => {
    let status: RaftStatus = { term: 0, isLeader: false };
    const { driver, seen } = driverOf({ status: () => status });
    driver.sample();
    driver.sample();
    status = { term: 1, isLeader: true };
    driver.sample();
    status = { term: 2, isLeader: false, leaderHint: 'n2' };
    driver.sample();
    expect(driver.status).toEqual(status);
    expect(seen.map((what) => (what.kind === 'status' ? what.text : what.kind))).toEqual([
      undefined,
      'becomes leader of term 1',
      'steps down; follower of n2 in term 2',
    ]);
  });

  it('reports a status that makes no sense', () => {
    for (const status of [undefined, {}, { term: 1.5, isLeader: true }, { term: 1, isLeader: 1 }]) {
      const { driver, kinds } = driverOf({ status: (() => status) as unknown as Raft['status'] });
      driver.sample();
      expect(kinds()).toContain('misused');
    }
  });
});

describe('reports', () => {
  it('say of each server what it is and whether it can be reached', () => {
    const text = describeServers([
      { id: 'n1', state: 'up', isConnected: true, status: { term: 4, isLeader: true }, applied: 7 },
      {
        id: 'n2',
        state: 'up',
        isConnected: false,
        status: { term: 3, isLeader: false, leaderHint: 'n1' },
        applied: 5,
      },
      { id: 'n3', state: 'down', isConnected: true },
      { id: 'n4', state: 'booting', isConnected: true },
    ]);
    expect(text).toBe(
      'n1: leader of term 4, applied up to 7; n2: follower of n1 in term 3, applied up to 5, cut off; ' +
        'n3: crashed; n4: still booting',
    );
  });

  it('count and list in plain words', () => {
    expect([count(1, 'server'), count(3, 'server')]).toEqual(['1 server', '3 servers']);
    expect([list([]), list(['n1']), list(['n1', 'n2', 'n3'])]).toEqual(['none', 'n1', 'n1, n2 and n3']);
  });
});

describe('the watch for Figure 8', () => {
  it('sees a leader return whose entry another leader has replaced', () => {
    const watch = new Figure8Watch();
    expect(watch.started({ node: 'n1', index: 2, term: 2 })).toBe(false);
    expect(watch.started({ node: 'n5', index: 2, term: 3 })).toBe(false);
    expect(watch.started({ node: 'n1', index: 3, term: 4 })).toBe(true);
  });

  it('does not mistake other elections for it', () => {
    const watch = new Figure8Watch();
    const rows = [
      { node: 'n1', index: 2, term: 2 },
      { node: 'n5', index: 3, term: 3 },
      { node: 'n1', index: 4, term: 4 },
      { node: 'n1', index: 4, term: 6 },
    ];
    expect(rows.map((row) => watch.started(row))).toEqual([false, false, false, false]);
  });
});

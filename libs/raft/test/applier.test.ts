import type { ApplyMessage } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import { Applier } from '../src/applier.ts';
import { PersistentState } from '../src/state.ts';
import { settle } from './fake-host.ts';

function setUp(apply: (message: ApplyMessage) => void | Promise<void> = () => {}) {
  const state = new PersistentState({ vote: undefined, snapshot: undefined, entries: [] });
  for (let i = 1; i <= 9; i++) state.append({ term: 1, command: { number: i } });
  const seen: string[] = [];
  const messages: ApplyMessage[] = [];
  const applier = new Applier(state, (message) => {
    messages.push(message);
    seen.push(`${message.kind} ${message.index}`);
    return apply(message);
  });
  const commit = async (index: number): Promise<void> => {
    applier.applyUpTo(index);
    await settle();
  };
  return { state, applier, seen, messages, commit };
}

const snapshotAt = (index: number) => ({
  lastIncludedIndex: index,
  lastIncludedTerm: 1,
  data: { upTo: index },
});

describe('the applier', () => {
  it('applies what is committed, in order, each once', async () => {
    const { seen, commit } = setUp();
    await commit(2);
    await commit(2);
    await commit(4);
    expect(seen).toEqual(['command 1', 'command 2', 'command 3', 'command 4']);
  });

  it('waits for the service before the next message', async () => {
    const release: (() => void)[] = [];
    const { seen, commit } = setUp(() => new Promise((resolve) => release.push(resolve)));
    await commit(2);
    await commit(3);
    expect(seen).toEqual(['command 1']);
    release[0]?.();
    await settle();
    expect(seen).toEqual(['command 1', 'command 2']);
  });

  it('lets the service take a snapshot from inside apply', async () => {
    const { state, seen, commit } = setUp(({ index }) => {
      if (index === 3) state.install(snapshotAt(3));
    });
    await commit(5);
    expect(seen).toEqual(['command 1', 'command 2', 'command 3', 'command 4', 'command 5']);
  });

  it('puts a snapshot that came meanwhile after the message that is being applied, and goes on behind it', async () => {
    let release = (): void => {};
    const { state, seen, commit } = setUp(({ index }) =>
      index === 2 ? new Promise((resolve) => (release = resolve)) : undefined,
    );
    await commit(3);
    state.install(snapshotAt(6));
    await commit(6);
    expect(seen).toEqual(['command 1', 'command 2']);
    release();
    await commit(8);
    expect(seen).toEqual(['command 1', 'command 2', 'snapshot 6', 'command 7', 'command 8']);
  });

  it('delivers a stored snapshot first on boot (Raft §7)', async () => {
    const { state, seen, commit } = setUp();
    state.install(snapshotAt(4));
    await commit(4);
    await commit(5);
    expect(seen).toEqual(['snapshot 4', 'command 5']);
  });

  it('gives the service copies: what it does to them stays out of the log and the snapshot', async () => {
    const { state, messages, commit } = setUp();
    await commit(1);
    state.install(snapshotAt(2));
    await commit(2);
    for (const message of messages) {
      const value = (message.kind === 'command' ? message.command : message.data) as Record<string, unknown>;
      value['number'] = value['upTo'] = 'spoilt';
    }
    expect(state.snapshot?.data).toEqual({ upTo: 2 });
    expect(state.log.entryAt(3)?.command).toEqual({ number: 3 });
  });
});

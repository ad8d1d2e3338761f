import { describe, expect, it } from 'vitest';
import { PersistentState, readStored } from '../src/state.ts';
import { Storage } from '../src/storage.ts';
import { FakeHost, settle } from './fake-host.ts';

async function setUp() {
  const host = new FakeHost();
  host.disk.isPrompt = false;
  const state = new PersistentState({ vote: undefined, snapshot: undefined, entries: [] });
  let confirmations = 0;
  const storage = new Storage(host, state, () => confirmations++);
  const watch = (promise: Promise<void>) => {
    const watched = { isDone: false };
    void promise.then(() => (watched.isDone = true));
    return watched;
  };
  return { host, state, storage, watch, confirmations: () => confirmations };
}

describe('storage', () => {
  it('has nothing to wait for when nothing has changed', async () => {
    const { host, storage } = await setUp();
    await storage.persisted();
    expect(host.disk.writes).toBe(0);
  });

  it('writes what changes in one turn as one batch, and waits for it', async () => {
    const { host, state, storage, watch, confirmations } = await setUp();
    state.enterTerm(1);
    const first = watch(storage.persisted());
    state.append({ term: 1, command: 'a' });
    const second = watch(storage.persisted());
    await settle();
    expect(host.disk.pending.map(({ batch }) => Object.keys(batch))).toEqual([['vote', 'log/1']]);
    expect([first.isDone, second.isDone]).toEqual([false, false]);
    await host.disk.end();
    expect([first.isDone, second.isDone, confirmations()]).toEqual([true, true, 1]);
  });

  it('has one batch under way, and puts all that changes meanwhile into the next', async () => {
    const { host, state, storage, watch } = await setUp();
    state.enterTerm(1);
    const first = watch(storage.persisted());
    await settle();
    for (const command of ['a', 'b', 'c']) {
      state.append({ term: 1, command });
      void storage.persisted();
      await settle();
    }
    const last = watch(storage.persisted());
    expect(host.disk.pending).toHaveLength(1);
    await host.disk.end();
    expect([first.isDone, last.isDone]).toEqual([true, false]);
    expect(host.disk.pending.map(({ batch }) => Object.keys(batch))).toEqual([['log/1', 'log/2', 'log/3']]);
    await host.disk.end();
    expect(last.isDone).toBe(true);
  });

  it('waits for the batch under way even if nothing has changed since it was taken', async () => {
    const { host, state, storage, watch } = await setUp();
    state.enterTerm(1);
    void storage.persisted();
    await settle();
    const late = watch(storage.persisted());
    await settle();
    expect(late.isDone).toBe(false);
    await host.disk.end();
    expect(late.isDone).toBe(true);
  });

  it.each(['failed', 'failed but written'] as const)(
    'writes everything again after a write that %s',
    async (fate) => {
      const { host, state, storage, watch } = await setUp();
      state.enterTerm(1);
      for (const command of ['a', 'b']) state.append({ term: 1, command });
      const waiting = watch(storage.persisted());
      await settle();
      await host.disk.end(fate);
      // Meanwhile another leader's entry takes the place of the second.
      state.enterTerm(2);
      state.merge(1, [{ term: 2, command: 'B' }]);
      void storage.persisted();
      await host.advance(1000);
      expect(waiting.isDone).toBe(false);
      await host.disk.end();
      expect(waiting.isDone).toBe(true);
      const booted = new PersistentState(await readStored(host.disk));
      expect(booted.currentTerm).toBe(2);
      expect(booted.log.entriesFrom(1, 1000).map(({ command }) => command)).toEqual(['a', 'B']);
    },
  );
});

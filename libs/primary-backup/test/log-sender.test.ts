import { describe, expect, it } from 'vitest';
import { LogSender } from '../src/log-sender.ts';
import { MAX_BATCH, MAX_UNACKNOWLEDGED, SUSPECT_MS } from '../src/numbers.ts';
import { hostWith, ManualClock, OtherEnd, settle } from './harness.ts';

function make() {
  const clock = new ManualClock();
  const backup = new OtherEnd();
  const told = { progress: 0, suspect: 0 };
  const position = { reached: 0, released: 0 };
  const sender = new LogSender(
    hostWith(clock),
    backup.client,
    { epoch: 1, copy: 0 },
    {
      progress: () => void told.progress++,
      suspect: () => void told.suspect++,
      position: () => position,
    },
  );
  return { clock, backup, told, position, sender };
}

describe('the primary’s end of the logging channel (§2.1)', () => {
  it('sends what gathers in one event as one message, and the next when the first is answered', async () => {
    const { backup, sender } = make();
    sender.open();
    await settle();
    await backup.answer({});
    sender.append({ count: 1 });
    sender.append({ count: 2 });
    await settle();
    sender.append({ count: 3 });
    await settle();
    expect(backup.messages.map(({ first, entries }) => [first, entries.length])).toEqual([
      [1, 0],
      [1, 2],
    ]);
    await backup.answer({ received: 2 });
    expect(backup.messages.at(-1)).toMatchObject({ first: 3, entries: [{ count: 3 }] });
  });

  it('sends again what was lost, and believes no acknowledgement but those of the backup', async () => {
    const { backup, sender, told } = make();
    sender.open();
    sender.append({ count: 1 });
    await settle();
    await backup.lose();
    expect(sender.acknowledged).toBe(0);
    expect(backup.messages.at(-1)).toMatchObject({ first: 1, entries: [{ count: 1 }] });
    await backup.answer({ received: 1, replayed: 1 });
    expect([sender.acknowledged, sender.replayed, told.progress]).toEqual([1, 1, 1]);
  });

  it('lets the backup run no further than the last entry of a message while there are more', async () => {
    const { backup, position, sender } = make();
    for (let count = 1; count <= MAX_BATCH + 1; count++) sender.append({ count });
    position.reached = 1_000;
    sender.open();
    await settle();
    expect(backup.messages[0]).toMatchObject({ reached: MAX_BATCH });
    await backup.answer({ received: MAX_BATCH });
    expect(backup.messages[1]).toMatchObject({ first: MAX_BATCH + 1, reached: 1_000 });
  });

  it('binds its backup only with a message that brings all that was let out without it', async () => {
    const { backup, sender } = make();
    for (let count = 1; count <= MAX_BATCH + 1; count++) sender.append({ count });
    sender.open();
    await settle();
    sender.bind();
    await backup.answer({ received: 0 });
    await backup.answer({ received: MAX_BATCH });
    expect(backup.messages.map(({ isBinding }) => isBinding)).toEqual([false, false, true]);
  });

  it('is silent before it is open', async () => {
    const { backup, clock, sender } = make();
    sender.append({ count: 1 });
    await clock.pass(1_000);
    expect(backup.messages).toEqual([]);
  });

  it('gives its backup up after a silence, and at once when that follows nobody', async () => {
    const silent = make();
    silent.sender.open();
    await silent.clock.pass(SUSPECT_MS);
    expect(silent.told.suspect).toBe(0);
    await silent.clock.pass(SUSPECT_MS);
    expect(silent.told.suspect).toBe(1);

    const gone = make();
    gone.sender.open();
    await settle();
    await gone.backup.answer({ follows: false });
    expect(gone.told).toEqual({ progress: 0, suspect: 1 });
  });

  it('says when it is full', () => {
    const { sender } = make();
    for (let count = 1; count < MAX_UNACKNOWLEDGED; count++) sender.append({ count });
    expect(sender.isFull).toBe(false);
    sender.append({ count: MAX_UNACKNOWLEDGED });
    expect(sender.isFull).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { LogSender } from '../src/log-sender.ts';
import { HEARTBEAT_MS, MAX_BATCH, MAX_UNACKNOWLEDGED, RESEND_MS, SUSPECT_MS } from '../src/numbers.ts';
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
  it('sends what gathers in one event as one message, and waits for no answer to the one before', async () => {
    const { backup, sender } = make();
    sender.open();
    await settle();
    sender.append({ count: 1 });
    sender.append({ count: 2 });
    await settle();
    sender.append({ count: 3 });
    await settle();
    expect(backup.messages.map(({ first, entries }) => [first, entries])).toEqual([
      [1, []],
      [1, [{ count: 1 }, { count: 2 }]],
      [3, [{ count: 3 }]],
    ]);
  });

  it('believes no acknowledgement but those of the backup, and those in any order', async () => {
    const { backup, sender, told } = make();
    sender.append({ count: 1 });
    sender.append({ count: 2 });
    sender.open();
    sender.append({ count: 3 });
    await settle();
    expect(sender.acknowledged).toBe(0);
    await backup.answer({ received: 3, replayed: 2 });
    await backup.answer({ received: 2, replayed: 1 });
    expect([sender.acknowledged, sender.replayed, told.progress]).toEqual([3, 2, 2]);
  });

  it('sends again what has gone unacknowledged for a while, beginning with what the backup lacks first', async () => {
    const { backup, clock, sender } = make();
    sender.open();
    for (let count = 1; count <= 3; count++) {
      sender.append({ count });
      await settle();
    }
    await backup.answer({});
    await backup.answer({ received: 1 });
    await backup.lose();
    await backup.answer({ received: 1 });
    await clock.pass(RESEND_MS + HEARTBEAT_MS + 1);
    const again = backup.messages.filter(({ first, entries }) => first === 2 && entries.length > 0);
    expect(again.map(({ entries }) => entries)).toEqual([[{ count: 2 }], [{ count: 2 }, { count: 3 }]]);
  });

  it('has no more entries under way than a backup may have to keep, until some are acknowledged', async () => {
    const { backup, sender } = make();
    for (let count = 1; count <= MAX_UNACKNOWLEDGED + 2; count++) sender.append({ count });
    sender.open();
    await settle();
    const sent = () => backup.messages.reduce((sum, { entries }) => sum + entries.length, 0);
    expect(sent()).toBe(MAX_UNACKNOWLEDGED);
    await backup.answer({ received: 1 });
    expect([sent(), backup.messages.at(-1)?.entries]).toEqual([
      MAX_UNACKNOWLEDGED + 1,
      [{ count: MAX_UNACKNOWLEDGED + 1 }],
    ]);
  });

  it('says how far the machine is with the message that leaves no entry behind', async () => {
    const { backup, position, sender } = make();
    for (let count = 1; count <= MAX_BATCH + 1; count++) sender.append({ count });
    position.reached = 1_000;
    sender.open();
    await settle();
    expect(backup.messages.map(({ first, reached }) => [first, reached])).toEqual([
      [1, 0],
      [MAX_BATCH + 1, 1_000],
    ]);
  });

  it('binds its backup only with what comes after all that was let out without it', async () => {
    const { backup, clock, sender } = make();
    for (let count = 1; count <= MAX_BATCH + 1; count++) sender.append({ count });
    sender.open();
    await settle();
    sender.bind();
    const before = backup.messages.length;
    await clock.pass(RESEND_MS + HEARTBEAT_MS + 1);
    const behind = backup.messages.slice(before);
    const ends = behind.map(({ first, entries, isBinding }) => [first + entries.length - 1, isBinding]);
    expect(ends).toContainEqual([MAX_BATCH, false]);
    expect(ends).toContainEqual([MAX_BATCH + 1, true]);
    expect(ends.length).toBe(3);
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

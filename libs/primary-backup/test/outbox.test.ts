import type { NetworkCard, Output } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import { IncomingCopy } from '../src/incoming-copy.ts';
import { Intake } from '../src/intake.ts';
import { RETRY_MS } from '../src/numbers.ts';
import { Outbox } from '../src/outbox.ts';
import { hostWith, ManualClock, settle } from './harness.ts';

const output = (number: number): Output => ({ number, packet: Uint8Array.of(number) });

/** A card on a switch that may be out of reach. */
class Card implements NetworkCard {
  readonly sent: number[] = [];
  isReachable = true;
  readonly packets: Uint8Array[] = [];
  taken = 0;

  receive(): Promise<Uint8Array> {
    const packet = this.packets.shift();
    if (packet === undefined) return new Promise(() => undefined);
    this.taken++;
    return Promise.resolve(packet);
  }

  send({ number }: Output): Promise<void> {
    if (!this.isReachable) return Promise.reject(new Error('unavailable'));
    this.sent.push(number);
    return Promise.resolve();
  }

  announce(): Promise<void> {
    return Promise.resolve();
  }
}

describe('the outbox (§2.2)', () => {
  it('holds an effect until the log is acknowledged up to its entry', () => {
    const done: number[] = [];
    const outbox = new Outbox(hostWith(new ManualClock()), new Card());
    for (const index of [3, 5]) outbox.hold(index, () => done.push(index));
    outbox.release(2);
    expect(done).toEqual([]);
    outbox.release(4);
    expect(done).toEqual([3]);
    outbox.release(5);
    expect(done).toEqual([3, 5]);
  });

  it('calls released only what is out, and all before it', async () => {
    const clock = new ManualClock();
    const card = new Card();
    const outbox = new Outbox(hostWith(clock), card);
    for (const number of [1, 2, 3]) outbox.add(output(number));
    expect(outbox.released).toBe(0);
    card.isReachable = false;
    outbox.send(output(1));
    await settle();
    card.isReachable = true;
    outbox.send(output(2));
    await settle();
    expect([outbox.released, outbox.inDoubt.map(({ number }) => number)]).toEqual([0, [1, 3]]);
    await clock.pass(RETRY_MS);
    expect([card.sent, outbox.released]).toEqual([[2, 1], 2]);
  });

  it('lets nothing out once it is closed', async () => {
    const clock = new ManualClock();
    const card = new Card();
    const outbox = new Outbox(hostWith(clock), card);
    outbox.hold(1, () => outbox.send(output(1)));
    card.isReachable = false;
    outbox.add(output(2));
    outbox.send(output(2));
    await settle();
    outbox.close();
    card.isReachable = true;
    outbox.release(1);
    await clock.pass(10 * RETRY_MS);
    expect(card.sent).toEqual([]);
  });
});

describe('the intake', () => {
  it('takes no more packets than may wait, and goes on when the guest has had one', async () => {
    const card = new Card();
    for (let i = 0; i < 10; i++) card.packets.push(Uint8Array.of(i));
    const intake = new Intake(card, 3);
    const got: number[] = [];
    intake.handTo((packet) => got.push(packet[0] ?? -1));
    await settle();
    expect(got).toEqual([0, 1, 2]);
    intake.given();
    await settle();
    expect([got.length, card.taken]).toEqual([4, 4]);
  });

  it('hands nothing to one that is live no more, and the next packet to the one after', async () => {
    const card = new Card();
    const intake = new Intake(card, 1);
    const got: string[] = [];
    card.packets.push(Uint8Array.of(1), Uint8Array.of(2));
    intake.handTo(() => got.push('first'));
    await settle();
    intake.handTo(undefined);
    await settle();
    intake.handTo(() => got.push('second'));
    await settle();
    expect(got).toEqual(['first', 'second']);
  });
});

describe('a copy that arrives (§3.1)', () => {
  it('is put together in order, whatever comes twice', () => {
    const copy = new IncomingCopy({ epoch: 2, copy: 0 });
    const piece = (at: number, ...bytes: number[]) => ({
      epoch: 2,
      copy: 0,
      at,
      bytes: Uint8Array.from(bytes),
    });
    expect(copy.take(piece(0, 1, 2))).toBe(true);
    expect(copy.take(piece(3, 9))).toBe(false);
    expect(copy.take(piece(0, 1, 2))).toBe(true);
    expect(copy.rest).toBeUndefined();
    expect(copy.take({ ...piece(2, 3), rest: { clock: 5, inDoubt: [] } })).toBe(true);
    expect([...copy.snapshot]).toEqual([1, 2, 3]);
    expect(copy.rest).toEqual({ clock: 5, inDoubt: [] });
  });
});

import { describe, expect, it } from 'vitest';
import { LogReceiver } from '../src/log-receiver.ts';

const entries = (...counts: readonly number[]) => counts.map((count) => ({ count }));

describe('the backup’s end of the logging channel (§2.1)', () => {
  it('hands on a message’s entries once, however often and in whatever pieces they come', () => {
    const log = new LogReceiver();
    expect(log.take(1, entries(10, 20))).toEqual(entries(10, 20));
    expect(log.take(1, entries(10, 20))).toEqual([]);
    expect(log.take(2, entries(20, 30))).toEqual(entries(30));
    expect(log.received).toBe(3);
  });

  it('keeps what comes too early until the gap before it is filled', () => {
    const log = new LogReceiver();
    expect(log.take(4, entries(40))).toEqual([]);
    expect(log.take(2, entries(20, 30))).toEqual([]);
    expect(log.received).toBe(0);
    expect(log.take(1, entries(10))).toEqual(entries(10, 20, 30, 40));
    expect(log.received).toBe(4);
  });

  it('has nothing for a heartbeat', () => {
    const log = new LogReceiver();
    expect(log.take(1, [])).toEqual([]);
    expect(log.received).toBe(0);
  });
});

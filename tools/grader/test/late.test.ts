import { describe, expect, test } from 'vitest';
import { lateness } from '../src/index.ts';
import { parseMoment } from '../src/late.ts';

const HOUR = 3_600_000;
const POLICY = { dueMs: 0, zone: 'Z', graceMinutes: 10, freeDays: 2, penaltyPerDay: 25, lastDay: 5 };

describe('lateness', () => {
  test.each([
    ['in time', -HOUR, 0, { days: 0, charged: 0, factor: 1 }],
    ['within the grace time', HOUR / 6, 0, { days: 0, charged: 0, factor: 1 }],
    ['a little later, which begins a day', HOUR / 5, 0, { days: 1, charged: 0, factor: 1 }],
    ['on the last free day', 48 * HOUR, 0, { days: 2, charged: 0, factor: 1 }],
    ['a day after that', 72 * HOUR, 0, { days: 3, charged: 1, factor: 0.75 }],
    ['with the due date put off', 72 * HOUR, 1, { days: 2, charged: 0, factor: 1 }],
    ['on the last day that counts', 120 * HOUR, 0, { days: 5, charged: 3, factor: 0.25 }],
    ['after it', 121 * HOUR, 0, { days: 6, charged: 4, factor: 0 }],
  ])('%s', (_, overMs, extraDays, expected) => {
    expect(lateness(overMs, extraDays, POLICY)).toEqual(expected);
  });

  test('never takes more than everything', () => {
    const { lastDay: _, ...endless } = POLICY;
    expect(lateness(1000 * 24 * HOUR, 0, endless).factor).toBe(0);
  });
});

describe('a time of handing in', () => {
  test.each([
    ['2026-10-02 09:14:00 -0700', '2026-10-02T16:14:00.000Z'],
    ['2026-10-02 09:14:00 UTC', '2026-10-02T09:14:00.000Z'],
    ['2026-10-02T09:14:00.5Z', '2026-10-02T09:14:00.500Z'],
    ['2026-10-02 09:14', '2026-10-02T07:14:00.000Z'],
    ['Friday, 2 October 2026, 12:04 AM', '2026-10-01T22:04:00.000Z'],
    ['2 October 2026, 21:04', '2026-10-02T19:04:00.000Z'],
  ])('%s is read, in the zone of the due date where it has none', (text, expected) => {
    expect(new Date(parseMoment(text, '+02:00') ?? NaN).toISOString()).toBe(expected);
  });

  test.each(['yesterday', '10/02/2026', '2026-13-02 09:14', ''])('%j is none', (text) => {
    expect(parseMoment(text, 'Z')).toBeUndefined();
  });
});

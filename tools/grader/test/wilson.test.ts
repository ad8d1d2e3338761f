import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilson95 } from '../src/wilson.ts';

describe("Wilson's interval", () => {
  it('gives the values of the published tables', () => {
    expect(wilson95(10, 10).low).toBeCloseTo(0.7225, 4);
    expect(wilson95(0, 10).high).toBeCloseTo(0.2775, 4);
    expect(wilson95(5, 10).low).toBeCloseTo(0.2366, 4);
    expect(wilson95(5, 10).high).toBeCloseTo(0.7634, 4);
    expect(wilson95(200, 200).low).toBeCloseTo(0.9812, 4);
  });

  it('says nothing when nothing was tried', () => {
    expect(wilson95(0, 0)).toEqual({ low: 0, high: 1 });
  });

  it('contains the share that was seen, and mirrors', () => {
    const trials = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(trials, fc.double({ min: 0, max: 1, noNaN: true }), (n, part) => {
        const k = Math.round(n * part);
        const { low, high } = wilson95(k, n);
        const mirrored = wilson95(n - k, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low - 1e-12).toBeLessThanOrEqual(k / n);
        expect(high + 1e-12).toBeGreaterThanOrEqual(k / n);
        expect(mirrored.low).toBeCloseTo(1 - high, 9);
      }),
    );
  });
});

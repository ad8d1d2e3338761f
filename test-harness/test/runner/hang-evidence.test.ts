import { describe, expect, test } from 'vitest';
import { isLikely, isProven } from '../../src/runner/hang-evidence.ts';

const SLICE_MS = 500;

describe('a slice that the wall clock has ended', () => {
  test('tells nothing when it had hardly any processor time', () => {
    expect([isLikely({ cpuMs: 20 }, SLICE_MS), isProven({ cpuMs: 20 }, SLICE_MS)]).toEqual([false, false]);
  });

  test('is likely, and no more, to be a hang when it had as much as a long slice takes', () => {
    expect([isLikely({ cpuMs: 300 }, SLICE_MS), isProven({ cpuMs: 300 }, SLICE_MS)]).toEqual([true, false]);
  });

  test('is a hang for sure when it had all the processor time that it may take', () => {
    expect(isProven({ cpuMs: 500 }, SLICE_MS)).toBe(true);
  });
});

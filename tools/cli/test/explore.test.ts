import { describe, expect, test } from 'vitest';
import { lockstep, makeFolder } from './run-cli.ts';

/** A dozen schedules are enough for a bug that needs no fault, and for nothing else. */
const FEW = ['--max-schedules', '12', '--jobs', '1'];

describe('lockstep explore', () => {
  test('says how many schedules and orders of events it has tried', async () => {
    const { status, out } = await lockstep(['explore', 'raft', '--scenario', 'election', ...FEW], {
      cwd: makeFolder(),
    });
    expect(out).toMatch(/raft\/scenario\/election: 12 schedules, \d+ different orders of events/);
    expect(out).toContain('no violation (the budget is spent)');
    expect(status).toBe(0);
  });

  test('finds a bug of the catalogue, and says in which scenario and what it breaks', async () => {
    const { status, out, err } = await lockstep(['explore', 'raft', '--bug', 'two-appliers', ...FEW], {
      cwd: makeFolder(),
    });
    expect(err).toContain('two-appliers: found in 1 schedule');
    expect(out).toMatch(/two-appliers +snapshot-installation .*apply order/);
    expect(status).toBe(0);
  });

  test('ends with status 1 when a bug is not found', async () => {
    const args = ['explore', 'raft', '--scenario', 'election', '--bug', 'figure-8-commit', ...FEW];
    const { status, out } = await lockstep(args, { cwd: makeFolder() });
    expect(out).toContain('0 of 1 bug found.');
    expect(status).toBe(1);
  });

  test.each([
    [['--bug', 'two-applier'], 'Did you mean two-appliers?'],
    [['--bug', 'two-appliers', '--impl', '.'], '--bug takes the reference'],
    [['--scenario', 'elections'], 'Did you mean election?'],
  ])('refuses %j with one sentence', async (args, sentence) => {
    const { status, err } = await lockstep(['explore', 'raft', ...args], { cwd: makeFolder() });
    expect([status, err]).toEqual([2, expect.stringContaining(sentence)]);
  });
});

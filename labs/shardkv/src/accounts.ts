import { SHARDS } from '@lockstep/api';
import { keyOf } from './keys.ts';

/** What all accounts hold together, at any moment. */
export const TOTAL = 1200;

/** Accounts of the bank tests, one of each shard: their keys hold amounts of money, and nothing else. */
export const ACCOUNTS: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => keyOf(shard, 7));

/** What each account holds at first. */
export const OPENING = TOTAL / ACCOUNTS.length;

/** What an account's value stands for. */
export function amountOf(value: string): number {
  return Number(value);
}

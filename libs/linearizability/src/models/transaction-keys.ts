import type { TransactionsInput } from './transactions.ts';

/** The keys that an operation reads or writes, each once. */
export function keysOf(input: TransactionsInput): readonly string[] {
  if (input.op !== 'transact') return [input.key];
  return [...new Set([...input.reads, ...input.writes.map(({ key }) => key)])];
}

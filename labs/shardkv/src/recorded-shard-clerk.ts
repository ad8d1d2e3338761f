import type { ShardClerk, ShardWrite, TransactionOutcome } from '@lockstep/api';
import type { TransactionsInput, TransactionsOutput } from '@lockstep/linearizability';
import { readEntry, RecordedClerk, refused } from '@lockstep/test-harness/services';

/** Asks, and shows the judges the question and its answer. */
export type Record = <Output extends TransactionsOutput>(
  input: TransactionsInput,
  ask: () => Promise<Output>,
) => Promise<Output>;

/** A clerk of an implementation's whose answers are checked for their shape, and recorded. */
export class RecordedShardClerk extends RecordedClerk implements ShardClerk {
  readonly #shardClerk: ShardClerk;
  readonly #recordTransaction: Record;

  constructor(clerk: ShardClerk, record: Record) {
    super(clerk, record);
    this.#shardClerk = clerk;
    this.#recordTransaction = record;
  }

  transact(reads: readonly string[], writes: readonly ShardWrite[]): Promise<TransactionOutcome> {
    return this.#recordTransaction({ op: 'transact', reads, writes }, async () =>
      readOutcome(await this.#shardClerk.transact([...reads], [...writes]), reads.length),
    );
  }
}

function readOutcome(answer: unknown, reads: number): TransactionOutcome {
  const { hasCommitted, entries } = (
    typeof answer === 'object' && answer !== null ? answer : {}
  ) as Partial<TransactionOutcome>;
  if (typeof hasCommitted !== 'boolean' || !Array.isArray(entries) || entries.length !== reads) {
    throw refused(
      'transact() gave something else than whether it has committed, and an entry for each key to be read',
    );
  }
  return { hasCommitted, entries: entries.map((entry) => readEntry(entry, 'transact')) };
}

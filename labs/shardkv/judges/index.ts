import { transactions } from '@lockstep/linearizability';
import type { TransactionsInput, TransactionsOutput } from '@lockstep/linearizability';
import { exactlyOnce, linearizable } from '@lockstep/test-harness/judges';
import type { AppendEvent, HistoryEvent } from '@lockstep/test-harness/judges';
import { historyEventOf } from '@lockstep/test-harness/services';
import type { Called, Returned } from '@lockstep/test-harness/services';
import type { Judge } from '@lockstep/test-harness/suite';
import type { ShardSeen } from '../src/seen.ts';
import { conservation } from './conservation.ts';
import { configurations } from './configurations.ts';

/** Fresh judges for one run. */
export function judges(): readonly Judge<ShardSeen>[] {
  return [
    configurations(),
    exactlyOnce(appendEventsOf),
    conservation(),
    linearizable(transactions, historyOf),
  ];
}

/** Every operation is one of the history, over all its keys: linearizable is then strictly serializable. */
function historyOf(seen: ShardSeen): HistoryEvent<TransactionsInput, TransactionsOutput> | undefined {
  return seen.kind === 'called' || seen.kind === 'returned' ? historyEventOf(seen) : undefined;
}

function appendEventsOf(seen: ShardSeen): readonly AppendEvent[] {
  if (seen.kind === 'called') return callsOf(seen);
  return seen.kind === 'returned' ? endsOf(seen) : [];
}

function callsOf({ id, client, input }: Called<TransactionsInput>): AppendEvent[] {
  switch (input.op) {
    case 'get':
      return [{ kind: 'get', id, client, key: input.key }];
    case 'append':
      return [{ kind: 'append', id, client, key: input.key, token: input.value }];
    case 'transact':
      return [
        ...input.reads.map((key, place) => ({ kind: 'get' as const, id: `${id}/${place}`, client, key })),
        ...input.writes.map(({ key }) => ({ kind: 'overwrite' as const, key })),
      ];
    default:
      return [{ kind: 'overwrite', key: input.key }];
  }
}

function endsOf({ id, output }: Returned<TransactionsOutput>): AppendEvent[] {
  if (typeof output !== 'object') return [{ kind: 'appended', id }];
  if (!('entries' in output)) return [{ kind: 'read', id, value: output.value }];
  return output.entries.map(({ value }, place) => ({ kind: 'read', id: `${id}/${place}`, value }));
}

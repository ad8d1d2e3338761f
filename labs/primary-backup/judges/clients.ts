import { kv } from '@lockstep/linearizability';
import type { KvInput, KvOutput } from '@lockstep/linearizability';
import { linearizable } from '@lockstep/test-harness/judges';
import type { HistoryEvent } from '@lockstep/test-harness/judges';
import type { Judge } from '@lockstep/test-harness/suite';
import type { Seen } from '../src/seen.ts';

/** What the clients of the key/value guest see could be the answers of one store. */
export function clients(): Judge<Seen> {
  return linearizable(kv, historyEventOf);
}

function historyEventOf(seen: Seen): HistoryEvent<KvInput, KvOutput> | undefined {
  if (seen.kind === 'called') {
    const { client, number, key, value } = seen;
    const input: KvInput = seen.operation === 'get' ? { op: 'get', key } : { op: seen.operation, key, value };
    return { kind: 'call', id: `${client}.${number}`, client: `client ${client}`, input };
  }
  if (seen.kind !== 'answered') return undefined;
  return { kind: 'return', id: `${seen.client}.${seen.number}`, output: seen.value };
}

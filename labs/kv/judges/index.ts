import { store } from '@lockstep/linearizability';
import { exactlyOnce, linearizable, mutualExclusion } from '@lockstep/test-harness/judges';
import type { AppendEvent, HistoryEvent, LockEvent } from '@lockstep/test-harness/judges';
import type { StoreInput, StoreOutput } from '@lockstep/linearizability';
import { historyEventOf } from '@lockstep/test-harness/services';
import type { Called, Returned } from '@lockstep/test-harness/services';
import type { Judge } from '@lockstep/test-harness/suite';
import type { KvSeen } from '../src/seen.ts';
import { contract } from './contract.ts';

/** Fresh judges for one run. */
export function judges(): readonly Judge<KvSeen>[] {
  return [
    contract(),
    mutualExclusion(lockEventOf),
    exactlyOnce(appendEventOf),
    linearizable(store, historyOf),
  ];
}

/** An operation of unknown outcome is one that never returned: it may take effect later. */
function historyOf(seen: KvSeen): HistoryEvent<StoreInput, StoreOutput> | undefined {
  return seen.kind === 'called' || seen.kind === 'returned' ? historyEventOf(seen) : undefined;
}

function appendEventOf(seen: KvSeen): AppendEvent | undefined {
  if (seen.kind === 'called') return callOf(seen);
  return seen.kind === 'returned' ? endOf(seen) : undefined;
}

function callOf({ id, client, input }: Called<StoreInput>): AppendEvent {
  const { key } = input;
  if (input.op === 'get') return { kind: 'get', id, client, key };
  return input.op === 'append'
    ? { kind: 'append', id, client, key, token: input.value }
    : { kind: 'overwrite', key };
}

function endOf({ id, output }: Returned<StoreOutput>): AppendEvent {
  return typeof output === 'object' ? { kind: 'read', id, value: output.value } : { kind: 'appended', id };
}

function lockEventOf(seen: KvSeen): LockEvent | undefined {
  return seen.kind === 'acquired' || seen.kind === 'releasing'
    ? { kind: seen.kind, lock: seen.lock, holder: seen.holder }
    : undefined;
}

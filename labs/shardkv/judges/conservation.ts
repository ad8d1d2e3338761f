import { showSpan } from '@lockstep/linearizability';
import type { TransactionsInput, Versioned } from '@lockstep/linearizability';
import type { Judge } from '@lockstep/test-harness/suite';
import { ACCOUNTS, amountOf, OPENING, TOTAL } from '../src/accounts.ts';
import type { ShardSeen } from '../src/seen.ts';
import { Writers } from './half-seen.ts';

/** A read of all accounts at once. */
interface Audit {
  readonly client: string;
  readonly calledMs: number;
}

/** What an audit found that found the right sum. */
interface Found {
  /** Who asked and when. */
  readonly by: string;
  readonly values: readonly string[];
}

/**
 * Transactions move money between accounts, so whoever reads all of them at once finds the same sum. Judged without any
 * search: a second opinion beside strict serializability, and one that does not depend on who wrote what. (Only its
 * message looks for the transaction that was seen by half.)
 */
export function conservation(): Judge<ShardSeen> {
  const audits = new Map<string, Audit>();
  const writers = new Writers();
  let before: Found | undefined;

  function judge(
    { client, calledMs }: Audit,
    entries: readonly Versioned[],
    atMs: number,
  ): string | undefined {
    // Before the first money is there, every account is empty.
    if (entries.every(({ version }) => version === 0)) return undefined;
    const sum = entries.reduce((all, { value }) => all + amountOf(value), 0);
    const when = showSpan(calledMs, atMs);
    if (sum !== TOTAL) {
      const why = writers.halfSeen(ACCOUNTS, entries) ?? changes(entries, before);
      return `All accounts, read at once by ${client} ${when}, hold ${sum} together, not ${TOTAL}: ${why}`;
    }
    before = { by: `${client} ${when}`, values: entries.map(({ value }) => value) };
    return undefined;
  }

  return {
    property: 'atomicity',
    observe(seen, { atMs }) {
      if (seen.kind === 'called' && seen.input.op === 'transact') {
        writers.called(seen, seen.input, atMs);
        if (isAudit(seen.input)) audits.set(seen.id, { client: seen.client, calledMs: atMs });
      }
      if (seen.kind !== 'returned') return undefined;
      const { id, output } = seen;
      writers.returned(id, output, atMs);
      const audit = audits.get(id);
      if (audit === undefined || typeof output !== 'object' || !('entries' in output)) return undefined;
      const message = judge(audit, output.entries, atMs);
      return message === undefined ? undefined : { kind: 'safety', property: 'atomicity', message };
    },
  };
}

/** The accounts that hold something else than when the sum was last right, or, if nobody had looked, than at first. */
function changes(entries: readonly Versioned[], before: Found | undefined): string {
  const changed = entries.flatMap(({ value }, place) => {
    const was = before === undefined ? `${OPENING}` : before.values[place];
    return value === was ? [] : `${ACCOUNTS[place] ?? ''} from ${was ?? 'nothing'} to ${value || 'nothing'}`;
  });
  const since = before === undefined ? 'the accounts were opened' : `${before.by} found the right sum`;
  return `since ${since}, they went ${changed.join(', ')}`;
}

function isAudit(input: TransactionsInput): boolean {
  return (
    input.op === 'transact' &&
    input.reads.length === ACCOUNTS.length &&
    input.reads.every((key, place) => key === ACCOUNTS[place])
  );
}

import type { TransactionsInput } from '@lockstep/linearizability';
import type { Judge } from '@lockstep/test-harness/suite';
import { ACCOUNTS, amountOf, TOTAL } from '../src/accounts.ts';
import type { ShardSeen } from '../src/seen.ts';

/**
 * Transactions move money between accounts, so whoever reads all of them at once finds the same sum. Judged without any
 * search: a second opinion beside strict serializability, and one that does not depend on who wrote what.
 */
export function conservation(): Judge<ShardSeen> {
  const audits = new Set<string>();
  return {
    property: 'atomicity',
    observe(seen) {
      if (seen.kind === 'called' && isAudit(seen.input)) audits.add(seen.id);
      if (seen.kind !== 'returned' || !audits.has(seen.id)) return undefined;
      const { output } = seen;
      if (typeof output !== 'object' || !('entries' in output)) return undefined;
      // Before the first money is there, every account is empty.
      if (output.entries.every(({ version }) => version === 0)) return undefined;
      const sum = output.entries.reduce((all, { value }) => all + amountOf(value), 0);
      if (sum === TOTAL) return undefined;
      const found = output.entries.map(({ value }) => value || 'nothing').join(', ');
      const message = `All accounts read at once hold ${sum} together, not ${TOTAL}: ${found}`;
      return { kind: 'safety', property: 'atomicity', message };
    },
  };
}

function isAudit(input: TransactionsInput): boolean {
  return (
    input.op === 'transact' &&
    input.reads.length === ACCOUNTS.length &&
    input.reads.every((key, place) => key === ACCOUNTS[place])
  );
}

import { showSpan } from '@lockstep/linearizability';
import type { Transact, TransactionsOutput, Versioned } from '@lockstep/linearizability';
import type { Called } from '@lockstep/test-harness/services';

/** A transaction that writes. */
interface Writer {
  readonly client: string;
  readonly input: Transact;
  readonly calledMs: number;
  returnedMs?: number;
  isRefused?: boolean;
}

/** Remembers who wrote what, to find the transaction of which a read saw one part and not another. */
export class Writers {
  readonly #writers = new Map<string, Writer>();

  /** Takes note of a transaction that is called. */
  called({ id, client }: Called<unknown>, input: Transact, calledMs: number): void {
    if (input.writes.length > 0) this.#writers.set(id, { client, input, calledMs });
  }

  /** Takes note of its return. */
  returned(id: string, output: TransactionsOutput, returnedMs: number): void {
    const writer = this.#writers.get(id);
    const isRefused = typeof output === 'object' && 'entries' in output && !output.hasCommitted;
    if (writer !== undefined) Object.assign(writer, { returnedMs, isRefused });
  }

  /** Which transaction these entries show by half, in words; `undefined` if none is found. */
  halfSeen(keys: readonly string[], entries: readonly Versioned[]): string | undefined {
    const found = new Map(keys.map((key, place) => [key, entries[place]]));
    for (const [key, entry] of found) {
      const writers = [...this.#writers.values()].filter((writer) => hasMade(writer, key, entry));
      const unseen = writers.map(({ input }) =>
        input.writes.find(({ key: other, version = 0 }) => (found.get(other)?.version ?? 0) <= version),
      );
      const [writer, missing] = [writers[0], unseen[0]];
      // Two may have meant to write the same: then neither is known to be the one.
      if (writer === undefined || missing === undefined || unseen.includes(undefined)) continue;
      const when = showSpan(writer.calledMs, writer.returnedMs);
      return (
        `${key} at ${entry?.value ?? ''} is seen, but not ${missing.key} at ${missing.value}, ` +
        `though ${writer.client} wrote both in one transaction ${when}`
      );
    }
    return undefined;
  }
}

/** Whether the transaction may be the one that made this version of the key: what it writes tells. */
function hasMade({ input, isRefused }: Writer, key: string, entry: Versioned | undefined): boolean {
  return (
    isRefused !== true &&
    input.writes.every(({ version }) => version !== undefined) &&
    input.writes.some(
      (write) =>
        write.key === key && write.version === (entry?.version ?? 0) - 1 && write.value === entry?.value,
    )
  );
}

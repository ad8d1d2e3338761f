import type { KvClerk, KvEntry } from '@lockstep/api';
import type { StoreInput, StoreOutput } from '@lockstep/linearizability';
import { refused } from './refused.ts';

/** Asks, and shows the judges the question and its answer. */
export type Record = <Output extends StoreOutput>(
  input: StoreInput,
  ask: () => Promise<Output>,
) => Promise<Output>;

/** A clerk of an implementation's whose answers are checked for their shape, and recorded. */
export class RecordedClerk implements KvClerk {
  readonly #clerk: KvClerk;
  readonly #record: Record;

  constructor(clerk: KvClerk, record: Record) {
    this.#clerk = clerk;
    this.#record = record;
  }

  get(key: string): Promise<KvEntry> {
    return this.#record({ op: 'get', key }, async () => readEntry(await this.#clerk.get(key), 'get'));
  }

  put(key: string, value: string): Promise<number> {
    return this.#record({ op: 'put', key, value }, async () =>
      readVersion(await this.#clerk.put(key, value), 'put'),
    );
  }

  append(key: string, value: string): Promise<number> {
    return this.#record({ op: 'append', key, value }, async () =>
      readVersion(await this.#clerk.append(key, value), 'append'),
    );
  }

  async putIf(key: string, value: string, version: number): Promise<number | undefined> {
    const output = await this.#record<number | false>({ op: 'put-if', key, value, version }, async () => {
      const answer: unknown = await this.#clerk.putIf(key, value, version);
      return answer === undefined ? false : readVersion(answer, 'putIf');
    });
    return output === false ? undefined : output;
  }
}

function readVersion(answer: unknown, operation: string): number {
  if (Number.isSafeInteger(answer) && (answer as number) >= 1) return answer as number;
  throw refused(`${operation}() gave ${typeof answer} instead of the key's new version, an integer from 1`);
}

/** What an operation says that a key holds, when it can be that. */
export function readEntry(answer: unknown, operation: string): KvEntry {
  const { value, version } = (
    typeof answer === 'object' && answer !== null ? answer : {}
  ) as Partial<KvEntry>;
  const isVersion = Number.isSafeInteger(version) && (version ?? -1) >= 0;
  if (typeof value === 'string' && version !== undefined && isVersion) return { value, version };
  throw refused(
    `${operation}() gave something else than a value, which is a string, and a version, an integer from 0`,
  );
}

import type { KvClerk, KvEntry } from '@lockstep/api';
import type { StoreInput, StoreOutput } from '@lockstep/linearizability';
import { refused } from './refused.ts';

/** Asks, and shows the judges the question and its answer. */
export type Record = (input: StoreInput, ask: () => Promise<StoreOutput>) => Promise<StoreOutput>;

/** A clerk of the implementation's whose answers are checked for their shape, and recorded. */
export class RecordedClerk implements KvClerk {
  readonly #clerk: KvClerk;
  readonly #record: Record;

  constructor(clerk: KvClerk, record: Record) {
    this.#clerk = clerk;
    this.#record = record;
  }

  async get(key: string): Promise<KvEntry> {
    const output = await this.#record({ op: 'get', key }, async () => readEntry(await this.#clerk.get(key)));
    return output as KvEntry;
  }

  async put(key: string, value: string): Promise<number> {
    const input = { op: 'put', key, value } as const;
    return (await this.#record(input, async () =>
      readVersion(await this.#clerk.put(key, value), input.op),
    )) as number;
  }

  async append(key: string, value: string): Promise<number> {
    const input = { op: 'append', key, value } as const;
    const ask = async (): Promise<number> => readVersion(await this.#clerk.append(key, value), input.op);
    return (await this.#record(input, ask)) as number;
  }

  async putIf(key: string, value: string, version: number): Promise<number | undefined> {
    const input = { op: 'put-if', key, value, version } as const;
    const output = await this.#record(input, async () => {
      const answer: unknown = await this.#clerk.putIf(key, value, version);
      return answer === undefined ? false : readVersion(answer, 'putIf');
    });
    return output === false ? undefined : (output as number);
  }
}

function readVersion(answer: unknown, operation: string): number {
  if (Number.isSafeInteger(answer) && (answer as number) >= 1) return answer as number;
  throw refused(`${operation}() gave ${typeof answer} instead of the key's new version, an integer from 1`);
}

function readEntry(answer: unknown): KvEntry {
  const { value, version } = (
    typeof answer === 'object' && answer !== null ? answer : {}
  ) as Partial<KvEntry>;
  const isVersion = Number.isSafeInteger(version) && (version ?? -1) >= 0;
  if (typeof value === 'string' && version !== undefined && isVersion) return { value, version };
  throw refused(
    'get() gave something else than a value, which is a string, and a version, an integer from 0',
  );
}

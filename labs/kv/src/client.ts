import { OutcomeUnknown } from '@lockstep/api';
import type { Host, KvClerk, KvImplementation } from '@lockstep/api';
import type { StoreInput, StoreOutput } from '@lockstep/linearizability';
import type { BootContext } from '@lockstep/test-harness/suite';
import { ClientMachine, RecordedClerk, Recorder } from '@lockstep/test-harness/services';
import type { Task as TaskOf } from '@lockstep/test-harness/services';
import { Locker } from './locker.ts';
import type { KvSeen } from './seen.ts';
import { STORE_SCOPE } from './scopes.ts';
import type { KvSettings } from './settings.ts';

/** A task of a client: it uses the store, and ends. */
export type Task = TaskOf<Client>;

/** One boot of one client machine: everything that is asked there is recorded. */
export class Client extends ClientMachine {
  readonly #context: BootContext<KvSeen>;
  readonly #implementation: KvImplementation;
  readonly #scope: Host;
  readonly #recorder: Recorder<StoreInput, StoreOutput>;
  #made = 0;

  constructor(context: BootContext<KvSeen>, implementation: KvImplementation) {
    super(context.host.clock);
    this.#context = context;
    this.#implementation = implementation;
    this.#scope = context.host.scope(STORE_SCOPE);
    const name = `${context.host.id}.${context.boot}`;
    this.#recorder = new Recorder(name, (seen) => context.observe(seen), describe);
  }

  /** Operations that have returned. */
  get returned(): number {
    return this.#recorder.returned;
  }

  /** Another client of the store on this machine. */
  makeClerk(): RecordedClerk {
    const name = this.#name();
    const clerk = this.#implementation.clerk(this.#scope, [...this.#context.servers]);
    return new RecordedClerk(clerk, (input, ask) => this.#record(name, input, ask));
  }

  /** A handle of a lock that is built on `clerk`. */
  makeLock(clerk: KvClerk, name: string): Locker {
    const holder = this.#name();
    const lock = this.#implementation.lock(this.#scope, onlyWhatItPromises(clerk), name);
    return new Locker(lock, name, holder, (seen) => this.#context.observe(seen));
  }

  /** The contract is broken; the judges end the run. */
  misused(what: string): void {
    this.#context.observe({ kind: 'misused', what });
  }

  /** An operation whose outcome is unknown never returns. Where no clerk may be forgotten there is none such. */
  async #record<Output extends StoreOutput>(
    client: string,
    input: StoreInput,
    ask: () => Promise<Output>,
  ): Promise<Output> {
    try {
      return await this.#recorder.record(client, input, ask);
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
      this.#context.observe({ kind: 'unknown', text: `${describe(input)}: its outcome is unknown` });
      const { maxClerks }: KvSettings = this.#context.settings;
      if (maxClerks === undefined)
        this.misused(`${describe(input)} ended with OutcomeUnknown, but no clerk may be forgotten`);
      throw error;
    }
  }

  #name(): string {
    return `${this.#scope.id}.${this.#context.boot}.${++this.#made}`;
  }
}

/**
 * What a lock is given is nobody else's: through the object that we ask and record with, it could change what we see.
 */
function onlyWhatItPromises(clerk: KvClerk): KvClerk {
  return Object.freeze({
    get: (key: string) => clerk.get(key),
    put: (key: string, value: string) => clerk.put(key, value),
    append: (key: string, value: string) => clerk.append(key, value),
    putIf: (key: string, value: string, version: number) => clerk.putIf(key, value, version),
  });
}

function describe(input: StoreInput, output?: StoreOutput): string {
  const { op, key } = input;
  const value = op === 'get' ? '' : `, ${brief(input.value)}`;
  const asked = `${op}(${key}${value}${op === 'put-if' ? `, version ${input.version}` : ''})`;
  return output === undefined ? asked : `${asked} gives ${show(output)}`;
}

function show(output: StoreOutput): string {
  if (output === false) return 'another version';
  return typeof output === 'number'
    ? `version ${output}`
    : `${brief(output.value)} at version ${output.version}`;
}

/** A value by its end, where the latest append is. */
function brief(value: string): string {
  return value.length <= 40 ? `"${value}"` : `"…${value.slice(-38)}"`;
}

import { OutcomeUnknown } from '@lockstep/api';
import type { Host, KvClerk, KvEntry, KvImplementation } from '@lockstep/api';
import type { StoreInput, StoreOutput } from '@lockstep/linearizability';
import type { BootContext } from '@lockstep/test-harness/suite';
import { Locker } from './locker.ts';
import { RecordedClerk } from '@lockstep/test-harness/services';
import type { KvSeen } from './seen.ts';
import { STORE_SCOPE } from './scopes.ts';
import type { KvSettings } from './settings.ts';

/** A task of a client: it uses the store, and ends. */
export type Task = (client: Client) => Promise<void>;

/** One boot of one client machine: its tasks run there, on its own clock, and everything they ask is recorded. */
export class Client {
  readonly role = 'client';
  readonly #context: BootContext<KvSeen>;
  readonly #implementation: KvImplementation;
  readonly #scope: Host;
  readonly #ended = new Set<number>();
  #tasks = 0;
  #clerks = 0;
  #operations = 0;
  /** Tasks that have no end of their own are to come to one. */
  isStopping = false;
  /** Operations that have returned, and those that are known to have done nothing or of which nothing is known. */
  returned = 0;
  unknown = 0;
  /** What the last get of a task gave that wanted it to be known outside. */
  lastRead: KvEntry | undefined;

  constructor(context: BootContext<KvSeen>, implementation: KvImplementation) {
    this.#context = context;
    this.#implementation = implementation;
    this.#scope = context.host.scope(STORE_SCOPE);
  }

  /** Another client of the store on this machine. */
  makeClerk(): RecordedClerk {
    const servers = [...this.#context.servers];
    const name = `${this.#scope.id}.${this.#context.boot}.${++this.#clerks}`;
    const clerk = this.#implementation.clerk(this.#scope, servers);
    return new RecordedClerk(clerk, (input, ask) => this.#record(name, input, ask));
  }

  /** A handle of a lock that is built on `clerk`. */
  makeLock(clerk: KvClerk, name: string): Locker {
    const holder = `${this.#scope.id}.${this.#context.boot}.${++this.#clerks}`;
    const lock = this.#implementation.lock(this.#scope, clerk, name);
    return new Locker(lock, name, holder, (seen) => this.#context.observe(seen));
  }

  /** Begins a task; gives its number. What it throws is this machine's crash. */
  begin(task: Task): number {
    const number = ++this.#tasks;
    this.isStopping = false;
    void task(this).then(() => this.#ended.add(number));
    return number;
  }

  hasEnded(task: number): boolean {
    return this.#ended.has(task);
  }

  /** The time of this machine, in ms. */
  get now(): number {
    return this.#scope.clock.now();
  }

  sleep(ms: number): Promise<void> {
    return this.#scope.clock.sleep(ms);
  }

  /** Asks the clerk, and shows the judges what was asked and what came of it. */
  async #record<Output extends StoreOutput>(
    client: string,
    input: StoreInput,
    ask: () => Promise<Output>,
  ): Promise<Output> {
    const id = `${client}.${++this.#operations}`;
    this.#context.observe({ kind: 'called', text: `calls ${describe(input)}`, id, client, input });
    try {
      const output = await ask();
      this.returned++;
      this.#context.observe({
        kind: 'returned',
        text: `${describe(input)} gives ${show(output)}`,
        id,
        output,
      });
      return output;
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
      this.unknown++;
      this.#context.observe({ kind: 'unknown', text: `${describe(input)}: its outcome is unknown`, id });
      const { maxClerks }: KvSettings = this.#context.settings;
      if (maxClerks === undefined)
        this.misused(`${describe(input)} ended with OutcomeUnknown, but no clerk may be forgotten`);
      throw error;
    }
  }

  /** The contract is broken; the judges end the run. */
  misused(what: string): void {
    this.#context.observe({ kind: 'misused', what });
  }
}

function describe(input: StoreInput): string {
  const { op, key } = input;
  if (op === 'get') return `get(${key})`;
  return `${op}(${key}, ${brief(input.value)}${input.op === 'put-if' ? `, version ${input.version}` : ''})`;
}

function show(output: StoreOutput): string {
  if (output === false) return 'another version';
  return typeof output === 'number'
    ? `version ${output}`
    : `${brief(output.value)} at version ${output.version}`;
}

function brief(value: string): string {
  return value.length <= 40 ? `"${value}"` : `"…${value.slice(-38)}"`;
}

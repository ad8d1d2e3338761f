import { OutcomeUnknown } from '@lockstep/api';
import type { Host, KvClerk, KvClerkFactory, KvEntry, NodeId } from '@lockstep/api';
import { Courier } from './courier.ts';
import type { Outcome, Write, WriteResult } from './messages.ts';
import { SequenceNumbers } from './sequence-numbers.ts';

/** Makes a client of the store. */
export const createClerk: KvClerkFactory = (host, servers) => new Clerk(host, servers);

/** A session that the servers have opened for this clerk, and its writes. */
interface Session {
  readonly number: number;
  readonly sequence: SequenceNumbers;
}

class Clerk implements KvClerk {
  readonly #host: Host;
  readonly #courier: Courier;
  /** Opened with the first write: reads need none. */
  #session: Promise<Session> | undefined;

  constructor(host: Host, servers: readonly NodeId[]) {
    this.#host = host;
    this.#courier = new Courier(host, servers);
  }

  async get(key: string): Promise<KvEntry> {
    const { entry } = await this.#courier.ask((server, options) => server.get({ key }, options));
    return entry;
  }

  put(key: string, value: string): Promise<number> {
    return this.#unconditionally({ op: 'put', key, value });
  }

  append(key: string, value: string): Promise<number> {
    return this.#unconditionally({ op: 'append', key, value });
  }

  putIf(key: string, value: string, version: number): Promise<number | undefined> {
    return this.#write({ op: 'put-if', key, value, version });
  }

  async #unconditionally(write: Write): Promise<number> {
    const version = await this.#write(write);
    if (version === undefined)
      throw new Error(`the servers have refused to ${write.op}, which has no condition`);
    return version;
  }

  /** The number of a write is drawn once, and each repetition has it: that makes it one write. */
  async #write(write: Write): Promise<WriteResult> {
    const opening = (this.#session ??= this.#open());
    const { number: session, sequence: numbers } = await opening;
    const sequence = numbers.take();
    const outcome = await this.#courier.ask<Outcome>((server, options) =>
      server.submit({ kind: 'write', session, sequence, settledBelow: numbers.settledBelow, write }, options),
    );
    if (outcome.kind === 'written') {
      numbers.settle(sequence);
      return outcome.version;
    }
    // The next write opens another session; this one's others will find out for themselves.
    if (this.#session === opening) this.#session = undefined;
    throw new OutcomeUnknown(
      `the servers do not remember this clerk, so what became of ${write.op} is unknown`,
    );
  }

  async #open(): Promise<Session> {
    const nonce = drawNonce(this.#host);
    const outcome = await this.#courier.ask<Outcome>((server, options) =>
      server.submit({ kind: 'open', nonce }, options),
    );
    if (outcome.kind !== 'session') throw new Error(`the servers answered ${outcome.kind} to a new clerk`);
    return { number: outcome.session, sequence: new SequenceNumbers() };
  }
}

/** Told apart from all others that have ever been drawn, for all practical purposes: 80 bits. */
function drawNonce({ random }: Host): string {
  return Array.from({ length: 16 }, () => random.integer(0, 31).toString(32)).join('');
}

import type { KvEntry, KvServerFactory } from '@lockstep/api';
import type { Command, Elsewhere, KvRpc, Outcome } from './messages.ts';
import { makeReplica } from './replica.ts';
import type { Replica } from './replica.ts';

/** Makes one server of the store. */
export const createServer: KvServerFactory = async (host, _peers, deps, options) => {
  const replica = await makeReplica(host, deps, options);
  host.serve(new Desk(replica));
  return { save: () => replica.save() };
};

/** Where clerks are served. */
class Desk implements KvRpc {
  readonly #replica: Replica;
  /** Commands under way here: a clerk's repetition waits with the original, and needs no place in the log. */
  readonly #underWay = new Map<string, Promise<Outcome | Elsewhere>>();

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  submit(command: Command): Promise<Outcome | Elsewhere> {
    const known = this.#replica.look(command);
    if (known !== undefined) return Promise.resolve(known);
    const name = command.kind === 'open' ? command.nonce : `${command.session}.${command.sequence}`;
    const running = this.#underWay.get(name);
    if (running !== undefined) return running;
    const started = this.#submit(command).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, started);
    return started;
  }

  async #submit(command: Command): Promise<Outcome | Elsewhere> {
    return (await this.#replica.submit(command)) ?? this.#replica.elsewhere();
  }

  async get({ key }: { readonly key: string }): Promise<{ kind: 'entry'; entry: KvEntry } | Elsewhere> {
    const entry = await this.#replica.get(key);
    return entry === undefined ? this.#replica.elsewhere() : { kind: 'entry', entry };
  }
}

import { shardOf } from '@lockstep/api';
import type { Elsewhere } from '../line.ts';
import { Shared } from '../shared.ts';
import type { Arrival } from './holdings.ts';
import type { GroupRpc, Outcome, Read, Welcomed, WriteInSession, Written } from './messages.ts';
import type { Replica } from './replica.ts';

/** Where clerks and other groups are served. */
export class Desk implements GroupRpc {
  readonly #replica: Replica;
  /** Commands under way here: a repetition waits with the original, and needs no place in the log. */
  readonly #underWay = new Shared<Outcome | Elsewhere>();

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  write(command: WriteInSession): Promise<Written | Elsewhere> {
    const { clerk, shard, sequence } = command;
    const known = this.#replica.machine.look(command);
    if (known?.kind === 'written' || known?.kind === 'settled') return Promise.resolve(known);
    if (!this.#replica.isLeader) return Promise.resolve(this.#replica.elsewhere());
    // What this leader knows may be old; but then the clerk asks again.
    if (known !== undefined) return Promise.resolve(known);
    const work = this.#underWay.run(
      `${clerk}.${shard}.${sequence}`,
      async () => (await this.#replica.submit(command)) ?? this.#replica.elsewhere(),
    );
    return work as Promise<Written | Elsewhere>;
  }

  async get({ key }: { readonly key: string }): Promise<Read | Elsewhere> {
    const { machine, isLeader } = this.#replica;
    if (isLeader && machine.holdings.served(shardOf(key)) === undefined) return machine.refusal(shardOf(key));
    return (await this.#replica.read(() => machine.get(key))) ?? this.#replica.elsewhere();
  }

  async announce(args: Omit<Arrival, 'contents'>): Promise<Welcomed | Elsewhere> {
    const welcome = this.#replica.machine.holdings.welcome(args);
    // What has been applied here will be so everywhere: any server can say that it is known.
    if (welcome !== 'known' && !this.#replica.isLeader) return this.#replica.elsewhere();
    return { kind: 'welcome', welcome };
  }

  async install(arrival: Arrival): Promise<Welcomed | Elsewhere> {
    const answer = await this.announce(arrival);
    if (answer.kind === 'elsewhere' || answer.welcome !== 'wanted') return answer;
    const work = this.#underWay.run(
      `install.${arrival.shard}.${arrival.hop}`,
      async () =>
        (await this.#replica.submit<'install'>({ kind: 'install', arrival })) ?? this.#replica.elsewhere(),
    );
    return work as Promise<Welcomed | Elsewhere>;
  }
}

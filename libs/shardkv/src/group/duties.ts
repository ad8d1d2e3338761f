import { ConfigurationSource } from '../controller/source.ts';
import { TransactionDuties } from '../transactions/duties.ts';
import { Movers } from './mover.ts';
import type { Replica } from './replica.ts';

/** How often a leader asks for the next configuration. */
const POLL_MS = 80;

/** How often a leader looks for work of which nothing has told it. */
const LOOK_MS = 100;

/**
 * What a group has to do by itself. Whoever leads does it, for as long as it leads; what there is to do is said by the
 * machine alone, so that the next leader finds all that its predecessor has left undone.
 */
export class Duties {
  readonly #replica: Replica;
  readonly #source: ConfigurationSource;
  readonly #movers: Movers;
  readonly #transactions: TransactionDuties;
  readonly #running = new Set<string>();

  constructor(replica: Replica) {
    this.#replica = replica;
    this.#source = new ConfigurationSource(replica.host, replica.place.controllers);
    this.#movers = new Movers(replica);
    this.#transactions = new TransactionDuties(replica);
  }

  /** This server leads. */
  begin(): void {
    void this.#whileLeading('configurations', () => this.#followConfigurations());
    void this.#whileLeading('work', () => this.#look());
  }

  /** Has one round follow the other, until this server does not lead any more. */
  async #whileLeading(name: string, round: () => Promise<void>): Promise<void> {
    if (this.#running.has(name)) return;
    this.#running.add(name);
    while (this.#replica.isLeader) await round();
    this.#running.delete(name);
  }

  /** Asks for the configurations after the group's own, one of which must not be left out. */
  async #followConfigurations(): Promise<void> {
    const { host, machine } = this.#replica;
    const { number } = machine.holdings.configuration;
    const configurations = await this.#source.following(number);
    if (configurations.length === 0) await host.clock.sleep(POLL_MS);
    else await this.#replica.submit<'configure'>({ kind: 'configure', configurations });
  }

  async #look(): Promise<void> {
    this.#movers.look();
    this.#transactions.look();
    await this.#replica.news.next(LOOK_MS);
  }
}

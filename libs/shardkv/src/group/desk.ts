import { shardOf } from '@lockstep/api';
import type { Elsewhere } from '../line.ts';
import { Shared } from '../shared.ts';
import type {
  FateReply,
  Prepare,
  PrepareArgs,
  Settle,
  SettleArgs,
  Told,
  TransactInSession,
  Transacted,
  TransactionId,
  Votes,
} from '../transactions/messages.ts';
import { nameOf } from '../transactions/participant.ts';
import type { Arrival } from './holdings.ts';
import type { GroupRpc, Outcome, Read, Refusal, Welcomed, WriteInSession, Written } from './messages.ts';
import type { Replica } from './replica.ts';

/** How long an operation waits for a lock before its clerk is told; locks are held for a few round trips. */
const LOCK_PATIENCE_MS = 250;

/**
 * How long a part waits for a lock. Its coordinator holds other locks meanwhile; if somebody waits for these who holds
 * this one, then both wait in vain, until one gives up.
 */
const PREPARE_PATIENCE_MS = 20;

/** Where clerks and other groups are served. */
export class Desk implements GroupRpc {
  readonly #replica: Replica;
  /** Commands under way here: a repetition waits with the original, and needs no place in the log. */
  readonly #underWay = new Shared<Outcome | Elsewhere>();

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  write(command: WriteInSession): Promise<Written | Elsewhere> {
    const { machine } = this.#replica;
    const known = machine.look(command);
    if (known?.kind === 'written' || known?.kind === 'settled') return Promise.resolve(known);
    if (!this.#replica.isLeader) return Promise.resolve(this.#replica.elsewhere());
    const work = this.#underWay.run(operationName(command), () =>
      this.#unlocked<Written | Elsewhere>(
        () => machine.look(command),
        async () => (await this.#submit(command)) as Written | Elsewhere,
      ),
    );
    return work as Promise<Written | Elsewhere>;
  }

  get({ key }: { readonly key: string }): Promise<Read | Elsewhere> {
    const { machine } = this.#replica;
    if (!this.#replica.isLeader) return Promise.resolve(this.#replica.elsewhere());
    return this.#unlocked<Read | Elsewhere>(
      () => (machine.holdings.served(shardOf(key)) === undefined ? machine.get(key) : undefined),
      async () => (await this.#replica.read(() => machine.get(key))) ?? this.#replica.elsewhere(),
    );
  }

  transact(command: TransactInSession): Promise<Transacted | Refusal | Elsewhere> {
    const { transactions } = this.#replica.machine;
    const known = transactions.look(command);
    if (known?.kind === 'transacted' || known?.kind === 'settled') return Promise.resolve(known);
    if (!this.#replica.isLeader) return Promise.resolve(this.#replica.elsewhere());
    const work = this.#underWay.run(operationName(command), () =>
      this.#unlocked<Transacted | Refusal | Elsewhere>(
        () => {
          const seen = transactions.look(command) ?? transactions.hindrance(command);
          return seen?.kind === 'begun' ? undefined : seen;
        },
        () => this.#transact(command),
      ),
    );
    return work as Promise<Transacted | Refusal | Elsewhere>;
  }

  async prepare(args: PrepareArgs): Promise<Votes | Elsewhere> {
    const { news, machine, isLeader } = this.#replica;
    if (!isLeader) return this.#replica.elsewhere();
    const isLocked = (): boolean =>
      args.parts.some(({ shard, ...part }) => {
        const participant = machine.holdings.served(shard)?.participant;
        return participant?.vote(args.id) === undefined && participant?.locks.conflictWith(part) === true;
      });
    await news.until(() => !isLocked(), PREPARE_PATIENCE_MS);
    const command: Prepare = { kind: 'prepare', ...args };
    const shards = args.parts.map(({ shard }) => shard).join('.');
    const work = this.#underWay.run(`prepare.${nameOf(args.id)}:${shards}`, () => this.#submit(command));
    return work as Promise<Votes | Elsewhere>;
  }

  settle(args: SettleArgs): Promise<Told | Elsewhere> {
    const command: Settle = { kind: 'settle', ...args };
    const work = this.#underWay.run(`settle.${nameOf(args.id)}:${args.shards.join('.')}`, () =>
      this.#submit(command),
    );
    return work as Promise<Told | Elsewhere>;
  }

  async fate(id: TransactionId): Promise<FateReply | Refusal | Elsewhere> {
    const { machine } = this.#replica;
    return (await this.#replica.read(() => machine.transactions.fate(id))) ?? this.#replica.elsewhere();
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
    const work = this.#underWay.run(`install.${arrival.shard}.${arrival.hop}`, () =>
      this.#submit({ kind: 'install', arrival }),
    );
    return work as Promise<Welcomed | Elsewhere>;
  }

  async #submit(command: Parameters<Replica['submit']>[0]): Promise<Outcome | Elsewhere> {
    return (await this.#replica.submit(command)) ?? this.#replica.elsewhere();
  }

  /**
   * Does something as soon as no lock is in its way, as far as is seen from here; gives up after a while. What a leader
   * sees may be old, but then it will soon not lead any more, and its clerk asks somebody else.
   */
  async #unlocked<Reply extends { readonly kind: string }>(
    look: () => Reply | undefined,
    work: () => Promise<Reply>,
  ): Promise<Reply> {
    const { news, host } = this.#replica;
    const deadline = host.clock.now() + LOCK_PATIENCE_MS;
    for (;;) {
      const seen = look();
      if (seen !== undefined && seen.kind !== 'locked') return seen;
      const reply = seen ?? (await work());
      const left = deadline - host.clock.now();
      // An attempt with other groups may be given up though no lock is in its way here.
      if (reply.kind !== 'locked' || left <= 0 || look()?.kind !== 'locked') return reply;
      await news.until(() => look()?.kind !== 'locked', left);
    }
  }

  /** One attempt: at once, or with other groups. If it is given up, its clerk decides when to try again. */
  async #transact(command: TransactInSession): Promise<Transacted | Refusal | Elsewhere> {
    const reply = (await this.#submit(command)) as Outcome | Elsewhere;
    if (reply.kind !== 'begun') return reply as Transacted | Refusal | Elsewhere;
    const { machine, news } = this.#replica;
    const look = () => machine.transactions.look(command);
    while (this.#replica.isLeader) {
      const seen = look();
      if (seen === undefined) return { kind: 'locked' };
      if (seen.kind !== 'begun') return seen;
      await news.until(() => look()?.kind !== 'begun', LOCK_PATIENCE_MS);
    }
    return this.#replica.elsewhere();
  }
}

function operationName({ clerk, shard, sequence }: WriteInSession | TransactInSession): string {
  return `${clerk}.${shard}.${sequence}`;
}

import { encode, RAFT_CONTRACT } from '@lockstep/api';
import type { Apply, ApplyMessage, NodeId, Raft, RaftFactory, RaftStatus, StartRaft } from '@lockstep/api';
import type { BootContext, Observation } from '../suite/types.ts';
import { refused } from './refused.ts';

/** The scope of Raft's messages, disk names and counters on every server, and the id of its lab. */
export const RAFT_SCOPE = 'raft';

/** What Raft says of a server has changed. */
export interface StatusChanged extends Observation {
  readonly kind: 'status';
  readonly term: number;
  readonly isLeader: boolean;
  readonly leaderHint?: NodeId;
}

/** What the Raft below needs of the boot of its server. */
export type RaftContext = Pick<BootContext<StatusChanged>, 'copy' | 'host' | 'layer' | 'observe'>;

/** The Raft below one boot of one server of a replicated service, and what it says of itself. */
export class RaftBelow {
  readonly #context: RaftContext;
  readonly #peers: readonly NodeId[];
  #raft: Raft | undefined;
  /** As of the end of the node's last event. */
  status: RaftStatus = { term: 0, isLeader: false };
  /** Bytes that the data of the newest snapshot takes, taken or delivered. */
  snapshotBytes = 0;
  /** Snapshots taken here, and snapshots that came up after the boot. */
  taken = 0;
  installed = 0;
  /**
   * How much later than Raft hands them up entries and snapshots reach the service from now on, in ms, in their order:
   * a queue that is long, or a state machine that is slow. Raft is told at once that they have.
   */
  applyLagMs = 0;
  #commands = 0;
  #late = 0;
  #lastLate = Promise.resolve();

  /** @param peers the other servers that replicate the same. */
  constructor(context: RaftContext, peers: readonly NodeId[]) {
    this.#context = context;
    this.#peers = peers;
  }

  /** What the service is given. It gets an object of ours, with what the contract names and nothing else. */
  readonly start: StartRaft = async (apply, options) => {
    const { host } = this.#context;
    if (this.#raft !== undefined) throw refused('the server starts Raft a second time in the same boot');
    const factory = readRaftFactory(this.#context.layer(RAFT_SCOPE));
    const deliver: Apply = (message) => {
      this.#cameUp(message);
      return apply(message);
    };
    const watched: Apply = (message) =>
      this.applyLagMs === 0 && this.#late === 0 ? deliver(message) : this.#deliverLate(message, deliver);
    const raft = await factory(host.scope(RAFT_SCOPE), this.#peers, watched, options);
    this.#raft = raft;
    return Object.freeze({
      start: (command: unknown) => raft.start(command),
      status: () => raft.status(),
      snapshot: (index: number, data: unknown) => {
        // What is measured has to be what is handed on: of what is not plain data, no two looks need be alike.
        const copied = this.#context.copy(data, 'the snapshot');
        this.taken++;
        this.snapshotBytes = encode(copied, 'the snapshot').length;
        raft.snapshot(index, copied);
      },
      ...(raft.readIndex === undefined ? {} : { readIndex: () => raft.readIndex?.() ?? lacking() }),
      ...(raft.leaseReadIndex === undefined ? {} : { leaseReadIndex: () => raft.leaseReadIndex?.() }),
    });
  };

  /** What Raft has handed up, and the service has not got. */
  get late(): number {
    return this.#late;
  }

  #deliverLate(message: ApplyMessage, deliver: Apply): void {
    const { clock } = this.#context.host;
    const dueMs = clock.now() + this.applyLagMs;
    this.#late++;
    this.#lastLate = this.#lastLate.then(async () => {
      await clock.sleep(Math.max(0, dueMs - clock.now()));
      await deliver(message);
      this.#late--;
    });
  }

  #cameUp(message: ApplyMessage): void {
    if (message.kind === 'command') {
      this.#commands++;
      return;
    }
    this.snapshotBytes = encode(message.data, 'the snapshot').length;
    if (this.#commands > 0) this.installed++;
  }

  /** Looks at Raft after each event of the server. */
  sample(): void {
    if (this.#raft === undefined) return;
    const { term, isLeader, leaderHint } = readStatus(this.#raft.status());
    const before = this.status;
    if (term === before.term && isLeader === before.isLeader && leaderHint === before.leaderHint) return;
    const hint = leaderHint === undefined ? {} : { leaderHint };
    this.status = { term, isLeader, ...hint };
    const news = isLeader && !before.isLeader ? { text: `leads term ${term}` } : {};
    this.#context.observe({ kind: 'status', term, isLeader, ...hint, ...news });
  }
}

/** What Raft says of itself, when it can be that: scripts read it in events of their own. */
function readStatus(status: unknown): RaftStatus {
  const given: unknown = typeof status === 'object' && status !== null ? status : {};
  const { term, isLeader, leaderHint } = given as Partial<RaftStatus>;
  const isTerm = typeof term === 'number' && Number.isSafeInteger(term) && term >= 0;
  const isHint = leaderHint === undefined || typeof leaderHint === 'string';
  if (isTerm && typeof isLeader === 'boolean' && isHint)
    return { term, isLeader, ...(leaderHint === undefined ? {} : { leaderHint }) };
  throw refused(
    'status() of the Raft below gave something else than a term, which is an integer from 0, whether it leads, and ' +
      'perhaps the id of a server',
  );
}

function lacking(): never {
  throw new TypeError('this Raft has no readIndex()');
}

function readRaftFactory(exports: Readonly<Record<string, unknown>>): RaftFactory {
  const { default: factory, contract = RAFT_CONTRACT } = exports;
  if (contract !== RAFT_CONTRACT) throw refused(`the Raft below is not written for "${RAFT_CONTRACT}"`);
  if (typeof factory !== 'function') throw refused('the Raft below has no default export that makes one');
  return factory as RaftFactory;
}

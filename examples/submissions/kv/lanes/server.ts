import type { ApplyMessage, Host, KvDeps, KvOptions, KvServer, NodeId, Raft } from '@lockstep/api';
import { Table } from './table.ts';
import type { Saved } from './table.ts';
import type { Logged, Reply, Request, Service } from './wire.ts';

const LOOK_MS = 25;

/** Called back when an entry has come up, or will not. */
interface Waiting {
  readonly term: number;
  readonly done: (reply: Reply) => void;
}

/** One server. Nothing in it waits: whoever has asked is called back. */
export class Server implements KvServer {
  private raft: Raft | undefined;
  private readonly table: Table;
  private readonly waiting = new Map<number, Waiting>();
  private reads: { readonly index: number; readonly done: () => void }[] = [];
  private applied = 0;
  private logged = 0;
  private isLooking = false;

  private constructor(
    private readonly host: Host,
    private readonly options: KvOptions,
  ) {
    this.table = new Table(options.maxClerks ?? Infinity);
  }

  static async boot(host: Host, _peers: readonly NodeId[], deps: KvDeps, options: KvOptions): Promise<Server> {
    const server = new Server(host, options);
    if (deps.saved !== undefined) server.table.load(deps.saved as Saved);
    if (deps.raft !== undefined) {
      const { clockDriftBound } = options;
      server.raft = await deps.raft((message) => server.comeUp(message), {
        onLeader: () => void Promise.resolve().then(() => server.raft?.start({ kind: 'nothing' })),
        ...(clockDriftBound === undefined ? {} : { clockDriftBound }),
      });
    }
    const service: Service = {
      ask: (request) => new Promise((done) => server.handle(request, deps.raft === undefined, done)),
    };
    host.serve(service);
    return server;
  }

  save(): unknown {
    return this.table.save();
  }

  private handle(request: Request, isAlone: boolean, done: (reply: Reply) => void): void {
    if (isAlone) done(request.kind === 'get' ? this.table.get(request.key) : this.table.run(request));
    else if (request.kind === 'get') this.read(request.key, done);
    else this.propose(request, done);
  }

  private propose(request: Logged, done: (reply: Reply) => void): void {
    const place = this.raft?.start(request);
    if (place === undefined) return done(this.busy());
    this.waiting.get(place.index)?.done(this.busy());
    this.waiting.set(place.index, { term: place.term, done });
    this.look();
  }

  private read(key: string, done: (reply: Reply) => void): void {
    const { raft, options } = this;
    const answer = (): void => done(this.table.get(key));
    if ((options.reads ?? 'log') === 'log' || raft?.readIndex === undefined) {
      // What comes of nothing is told only once it has come up.
      this.propose({ kind: 'nothing' }, (reply) => (reply.is === 'busy' && reply.leader === HERE ? answer() : done(reply)));
      return;
    }
    const leased = options.reads === 'lease' ? raft.leaseReadIndex?.() : undefined;
    if (leased !== undefined) return this.whenApplied(leased, answer);
    raft.readIndex().then(
      (index) => this.whenApplied(index, answer),
      () => done(this.busy()),
    );
  }

  private whenApplied(index: number, done: () => void): void {
    if (index <= this.applied) done();
    else this.reads.push({ index, done });
  }

  private comeUp(message: ApplyMessage): void {
    const { index, term } = message;
    this.applied = index;
    if (message.kind === 'snapshot') {
      this.table.load(message.data as Saved);
      this.logged = 0;
      this.give(([place]) => place <= index);
    } else {
      const logged = message.command as Logged;
      const result = this.table.run(logged);
      const waiting = this.waiting.get(index);
      this.waiting.delete(index);
      const isMine = waiting?.term === term;
      const reply: Reply = logged.kind === 'nothing' ? { is: 'busy', leader: HERE } : result;
      waiting?.done(isMine ? reply : this.busy());
      this.compact(index, logged);
    }
    const ready = this.reads.filter((read) => read.index <= index);
    this.reads = this.reads.filter((read) => read.index > index);
    for (const { done } of ready) done();
  }

  private compact(index: number, logged: Logged): void {
    const { maxLogBytes = Infinity } = this.options;
    this.logged += JSON.stringify(logged).length + 30;
    if (this.logged < maxLogBytes || this.raft === undefined) return;
    this.raft.snapshot(index, this.table.save());
    this.logged = 0;
  }

  private busy(): Reply {
    const leader = this.raft?.status().leaderHint;
    return leader === undefined || leader === this.host.id ? { is: 'busy' } : { is: 'busy', leader };
  }

  /** Looks every now and then whether this server still leads, as long as anybody relies on it. */
  private look(): void {
    if (this.isLooking) return;
    this.isLooking = true;
    this.host.clock.after(LOOK_MS, () => {
      this.isLooking = false;
      const status = this.raft?.status();
      this.give(([, { term }]) => status?.isLeader !== true || status.term !== term);
      if (this.waiting.size > 0) this.look();
    });
  }

  private give(isLost: (waiting: [number, Waiting]) => boolean): void {
    for (const one of [...this.waiting].filter(isLost)) {
      this.waiting.delete(one[0]);
      one[1].done(this.busy());
    }
  }
}

/** Says to `read` that its entry has come up. No server is called so. */
const HERE = '';

import type { Apply, Host, NodeId, Raft, RaftOptions, RaftStatus, StartResult } from '@lockstep/api';

/*
 * A whole Raft in one file, with one fault: see `save`. Nothing is answered or counted before the write that it rests on
 * is durable. On disk, `state` holds the term, and `snapshot` says where the log begins; each entry has a name of its
 * own.
 */

const HEARTBEAT_MS = 100;
const ELECTION_MS: [number, number] = [300, 600];
const CALL_TIMEOUT_MS = 1000;
/** Commands that arrive together travel together. */
const GATHER_MS = 2;

interface Entry {
  term: number;
  command: unknown;
}

interface State {
  term: number;
}

/** With its place in the log, so that the two come back together or not at all. */
interface Snapshot {
  base: number;
  baseTerm: number;
  data: unknown;
}

interface VoteArgs {
  term: number;
  candidate: NodeId;
  lastIndex: number;
  lastTerm: number;
}

interface AppendArgs {
  term: number;
  prevIndex: number;
  prevTerm: number;
  entries: Entry[];
  commit: number;
}

interface AppendReply {
  term: number;
  ok: boolean;
  /** Where the leader should try next. */
  next: number;
}

interface SnapshotArgs {
  term: number;
  index: number;
  indexTerm: number;
  data: unknown;
}

interface Rpc {
  requestVote(args: VoteArgs): Promise<{ term: number; granted: boolean }>;
  append(args: AppendArgs, context: { from: NodeId }): Promise<AppendReply>;
  installSnapshot(args: SnapshotArgs, context: { from: NodeId }): Promise<{ term: number }>;
}

interface Peer {
  id: NodeId;
  next: number;
  match: number;
  /** Its last answer is missing: until there is one, it gets no more than a first entry, with the heartbeats. */
  isSilent: boolean;
}

class Server implements Raft, Rpc {
  private term = 0;
  private votedFor: NodeId | undefined;
  private log: Entry[] = [];
  private base = 0;
  private baseTerm = 0;
  private snapshotData: unknown;

  private role: 'follower' | 'candidate' | 'leader' = 'follower';
  private leader: NodeId | undefined;
  private commit = 0;
  private applied = 0;
  private durable = 0;
  /** What has changed in the log since it was last written. */
  private unsaved: Record<string, Entry | undefined> = {};
  /** The state that was last written, and all writes up to it. */
  private saved = '';
  private written: Promise<unknown> = Promise.resolve();
  private applying = false;
  private flushing = false;
  private deadline = 0;
  private peers: Peer[];

  constructor(
    private host: Host,
    ids: readonly NodeId[],
    private apply: Apply,
    private options: RaftOptions,
  ) {
    this.peers = ids.map((id) => ({ id, next: 1, match: 0, isSilent: false }));
  }

  async boot(): Promise<void> {
    const state = await this.host.disk.read<State>('state');
    if (state !== undefined) {
      ({ term: this.term } = state);
      const snapshot = await this.host.disk.read<Snapshot>('snapshot');
      if (snapshot !== undefined)
        ({ base: this.base, baseTerm: this.baseTerm, data: this.snapshotData } = snapshot);
      for (const [name, entry] of await this.host.disk.entries<Entry>('entry/')) {
        if (name === nameOf(this.lastIndex() + 1)) this.log.push(entry);
        // A write that was never confirmed may survive one before it that did not.
        else this.unsaved[name] = undefined;
      }
    }
    this.commit = this.base;
    this.durable = this.lastIndex();
    this.host.serve(this);
    this.resetTimer();
    void this.watchTimer();
    void this.applyCommitted();
  }

  status(): RaftStatus {
    const { term, role, leader } = this;
    return { term, isLeader: role === 'leader', ...(leader === undefined ? {} : { leaderHint: leader }) };
  }

  start(command: unknown): StartResult | undefined {
    if (this.role !== 'leader') return undefined;
    this.put(this.lastIndex() + 1, { term: this.term, command });
    const result = { index: this.lastIndex(), term: this.term };
    void this.saveOwn();
    this.gather();
    return result;
  }

  snapshot(index: number, data: unknown): void {
    if (index <= this.base) return;
    this.rebase(index, this.termAt(index), data);
    void this.save(true);
  }

  // The log

  private lastIndex(): number {
    return this.base + this.log.length;
  }

  private termAt(index: number): number {
    return index === this.base ? this.baseTerm : (this.log[index - this.base - 1]?.term ?? 0);
  }

  /** Puts an entry at an index, and forgets what came after it. */
  private put(index: number, entry: Entry): void {
    for (let old = this.lastIndex(); old > index; old--) this.unsaved[nameOf(old)] = undefined;
    this.log.length = index - this.base - 1;
    this.log.push(entry);
    this.unsaved[nameOf(index)] = entry;
  }

  /** Lets a snapshot stand for the log up to `index`; what follows stays if it fits. */
  private rebase(index: number, term: number, data: unknown): void {
    const fits = index <= this.lastIndex() && this.termAt(index) === term;
    const last = fits ? index : this.lastIndex();
    for (let old = this.base + 1; old <= last; old++) this.unsaved[nameOf(old)] = undefined;
    this.log = fits ? this.log.slice(index - this.base) : [];
    [this.base, this.baseTerm, this.snapshotData] = [index, term, data];
  }

  /**
   * Resolves when all that was to be saved up to now is durable. The fault: `votedFor` is not among what is kept. A
   * server that crashes after it has voted votes a second time in the same term, and then there may be two leaders (Raft
   * §5.2 and Figure 2).
   */
  private save(withSnapshot = false): Promise<unknown> {
    const { term, base, baseTerm, unsaved } = this;
    const state: State = { term };
    const name = JSON.stringify(state);
    if (!withSnapshot && name === this.saved && Object.keys(unsaved).length === 0) return this.written;
    [this.unsaved, this.saved] = [{}, name];
    const snapshot: Snapshot = { base, baseTerm, data: this.snapshotData };
    const batch = { ...unsaved, state, ...(withSnapshot ? { snapshot } : {}) };
    this.written = Promise.all([this.written, this.host.disk.write(batch)]);
    return this.written;
  }

  /** A leader counts itself only for what it cannot forget. */
  private async saveOwn(): Promise<void> {
    const [term, index] = [this.term, this.lastIndex()];
    await this.save();
    if (this.term !== term) return;
    this.durable = Math.max(this.durable, index);
    this.advanceCommit();
  }

  // Elections

  private resetTimer(): void {
    this.deadline = this.host.clock.now() + this.host.random.integer(...ELECTION_MS);
  }

  private async watchTimer(): Promise<void> {
    for (;;) {
      await this.host.clock.sleep(Math.max(5, this.deadline - this.host.clock.now()));
      if (this.role !== 'leader' && this.host.clock.now() >= this.deadline) void this.elect();
    }
  }

  private stepDown(term: number): void {
    if (term > this.term) [this.term, this.votedFor, this.leader] = [term, undefined, undefined];
    this.role = 'follower';
  }

  private async elect(): Promise<void> {
    this.resetTimer();
    this.term++;
    [this.role, this.votedFor, this.leader] = ['candidate', this.host.id, undefined];
    const term = this.term;
    const lastIndex = this.lastIndex();
    const args = { term, candidate: this.host.id, lastIndex, lastTerm: this.termAt(lastIndex) };
    await this.save();
    let votes = 1;
    for (const { id } of this.peers) {
      if (this.term !== term || this.role !== 'candidate') return;
      this.host
        .peer<Rpc>(id)
        .requestVote(args, { timeoutMs: CALL_TIMEOUT_MS })
        .then(
          (reply) => {
            if (reply.term > this.term) this.stepDown(reply.term);
            if (this.term !== term || this.role !== 'candidate' || !reply.granted) return;
            votes++;
            if (votes === Math.floor((this.peers.length + 1) / 2) + 1) this.lead();
          },
          () => undefined,
        );
    }
    if (this.peers.length === 0) this.lead();
  }

  private lead(): void {
    [this.role, this.leader] = ['leader', this.host.id];
    // What it took as a follower may still be on its way to the disk.
    this.durable = this.base;
    void this.saveOwn();
    for (const peer of this.peers) [peer.next, peer.match, peer.isSilent] = [this.lastIndex() + 1, 0, false];
    this.options.onLeader?.(this.term);
    void this.beat(this.term);
  }

  async requestVote(args: VoteArgs): Promise<{ term: number; granted: boolean }> {
    if (args.term > this.term) this.stepDown(args.term);
    const last = this.lastIndex();
    const lastTerm = this.termAt(last);
    const isUpToDate = args.lastTerm > lastTerm || (args.lastTerm === lastTerm && args.lastIndex >= last);
    const isFree = this.votedFor === undefined || this.votedFor === args.candidate;
    const granted = args.term === this.term && isFree && isUpToDate;
    if (granted) {
      this.votedFor = args.candidate;
      this.resetTimer();
    }
    const term = this.term;
    await this.save();
    return { term, granted };
  }

  // Replication, on the leader

  private async beat(term: number): Promise<void> {
    while (this.role === 'leader' && this.term === term) {
      for (const peer of this.peers) void this.replicate(peer);
      await this.host.clock.sleep(HEARTBEAT_MS);
    }
  }

  private gather(): void {
    if (this.flushing) return;
    this.flushing = true;
    this.host.clock.after(GATHER_MS, () => {
      this.flushing = false;
      if (this.role !== 'leader') return;
      for (const peer of this.peers) if (!peer.isSilent) void this.replicate(peer);
    });
  }

  private async replicate(peer: Peer): Promise<void> {
    if (peer.next <= this.base) return this.sendSnapshot(peer);
    const term = this.term;
    const prevIndex = peer.next - 1;
    const from = prevIndex - this.base;
    const entries = this.log.slice(from, peer.isSilent ? from + 1 : undefined);
    const args = { term, prevIndex, prevTerm: this.termAt(prevIndex), entries, commit: this.commit };
    // What is under way is not sent again, unless it turns out to be lost.
    peer.next = prevIndex + entries.length + 1;
    const reply = await this.host
      .peer<Rpc>(peer.id)
      .append(args, { timeoutMs: CALL_TIMEOUT_MS })
      .catch(() => undefined);
    if (this.term !== term || this.role !== 'leader') return;
    peer.isSilent = reply === undefined;
    if (reply === undefined) {
      if (entries.length > 0) peer.next = peer.match + 1;
      return;
    }
    if (reply.term > this.term) return this.stepDown(reply.term);
    if (reply.ok) {
      peer.match = Math.max(peer.match, prevIndex + entries.length);
      this.advanceCommit();
    } else if (reply.next > peer.match) {
      peer.next = Math.min(peer.next, reply.next);
      if (peer.next <= prevIndex) void this.replicate(peer);
    }
  }

  private async sendSnapshot(peer: Peer): Promise<void> {
    const args = { term: this.term, index: this.base, indexTerm: this.baseTerm, data: this.snapshotData };
    peer.next = args.index + 1;
    const reply = await this.host
      .peer<Rpc>(peer.id)
      .installSnapshot(args, { timeoutMs: CALL_TIMEOUT_MS })
      .catch(() => undefined);
    if (this.term !== args.term || this.role !== 'leader') return;
    if (reply === undefined) peer.next = peer.match + 1;
    else if (reply.term > this.term) this.stepDown(reply.term);
    else peer.match = Math.max(peer.match, args.index);
  }

  private advanceCommit(): void {
    if (this.role !== 'leader') return;
    const matches = [this.durable, ...this.peers.map(({ match }) => match)].sort((a, b) => b - a);
    const held = matches[Math.floor(matches.length / 2)] ?? 0;
    // An entry of an earlier term is committed only together with one of the own term (Raft §5.4.2).
    if (held > this.commit && this.termAt(held) === this.term) {
      this.commit = held;
      void this.applyCommitted();
    }
  }

  // Replication, on a follower

  async append(args: AppendArgs, { from }: { from: NodeId }): Promise<AppendReply> {
    if (args.term < this.term) return { term: this.term, ok: false, next: 0 };
    this.stepDown(args.term);
    this.leader = from;
    this.resetTimer();
    const term = this.term;
    const reply = (ok: boolean, next: number): AppendReply => ({ term, ok, next });
    let { prevIndex, entries } = args;
    // What a snapshot covers is committed, so it needs no comparison.
    if (prevIndex < this.base) {
      entries = entries.slice(this.base - prevIndex);
      prevIndex = this.base;
    } else if (prevIndex > this.lastIndex() || this.termAt(prevIndex) !== args.prevTerm) {
      const next = this.conflictBefore(prevIndex);
      await this.save();
      return reply(false, next);
    }
    entries.forEach((entry, i) => {
      const index = prevIndex + 1 + i;
      if (index > this.lastIndex() || this.termAt(index) !== entry.term) this.put(index, entry);
    });
    const known = prevIndex + entries.length;
    await this.save();
    if (this.term !== term) return reply(false, 0);
    const commit = Math.min(args.commit, known);
    if (commit > this.commit) {
      this.commit = commit;
      void this.applyCommitted();
    }
    return reply(true, known + 1);
  }

  /** The first index of the term that is in the way, so that one refusal passes over a whole term. */
  private conflictBefore(prevIndex: number): number {
    if (prevIndex > this.lastIndex()) return this.lastIndex() + 1;
    const term = this.termAt(prevIndex);
    let next = prevIndex;
    while (next - 1 > this.base && this.termAt(next - 1) === term) next--;
    return Math.max(next, this.base + 1);
  }

  async installSnapshot(args: SnapshotArgs, { from }: { from: NodeId }): Promise<{ term: number }> {
    if (args.term < this.term) return { term: this.term };
    this.stepDown(args.term);
    this.leader = from;
    this.resetTimer();
    const term = this.term;
    if (args.index <= this.commit) {
      await this.save();
      return { term };
    }
    this.rebase(args.index, args.indexTerm, args.data);
    await this.save(true);
    this.commit = Math.max(this.commit, args.index);
    void this.applyCommitted();
    return { term };
  }

  // The service above

  private async applyCommitted(): Promise<void> {
    if (this.applying) return;
    this.applying = true;
    while (this.applied < this.commit) {
      if (this.applied < this.base) {
        const [index, term, data] = [this.base, this.baseTerm, this.snapshotData];
        this.applied = index;
        await this.apply({ kind: 'snapshot', index, term, data });
        continue;
      }
      const index = this.applied + 1;
      const entry = this.log[index - this.base - 1];
      if (entry === undefined) break;
      this.applied = index;
      await this.apply({ kind: 'command', index, term: entry.term, command: entry.command });
    }
    this.applying = false;
  }
}

/** Sorted by name, entries are in the order of the log. */
function nameOf(index: number): string {
  return `entry/${String(index).padStart(8, '0')}`;
}

export default async function makeRaft(
  host: Host,
  peers: readonly NodeId[],
  apply: Apply,
  options: RaftOptions,
): Promise<Raft> {
  const server = new Server(host, peers, apply, options);
  await server.boot();
  return server;
}

export const contract = 'raft/1';

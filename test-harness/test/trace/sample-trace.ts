import type { TraceEvent, TraceKind } from '../../src/trace/event.ts';

/** Writes traces by hand, in the words that the world uses. */
export class TraceWriter {
  readonly events: TraceEvent[] = [];
  #atUs = 0;
  #links = new Map<string, number>();

  at(ms: number): this {
    this.#atUs = Math.round(ms * 1000);
    return this;
  }

  add(kind: TraceKind, node: string | undefined, text: string, parent?: number, message?: string): number {
    const sequence = this.events.length + 1;
    this.events.push({
      sequence,
      atUs: this.#atUs,
      kind,
      ...(node === undefined ? {} : { node }),
      ...(parent === undefined ? {} : { parent }),
      ...(message === undefined ? {} : { message }),
      text,
    });
    return sequence;
  }

  /** A message that arrives so many ms later, or is lost. Returns the sequence of its arrival. */
  message(
    from: string,
    to: string,
    content: string,
    options: { ms?: number; lost?: string; parent?: number } = {},
  ): number {
    const link = `${from}>${to}`;
    const number = this.#links.get(link) ?? 0;
    this.#links.set(link, number + 1);
    const id = `${link}#${number}`;
    const sent = this.add('send', from, `${content} → ${to}`, options.parent, id);
    if (options.lost !== undefined)
      return this.add('lost', from, `${content} ✗ ${to}: ${options.lost}`, sent, id);
    const before = this.#atUs;
    this.#atUs += Math.round((options.ms ?? 0.1) * 1000);
    const arrived = this.add('deliver', to, `${content} ← ${from}`, sent, id);
    this.#atUs = before;
    return arrived;
  }
}

/** An election, a quiet time, a crash, and a second leader in the same term. */
export function twoLeaders(): TraceWriter {
  const trace = new TraceWriter();
  for (const node of ['n1', 'n2', 'n3']) trace.at(0).add('boot', node, 'boot 1');
  let timer = trace.at(150).add('timer', 'n1', 'timer');
  for (const to of ['n2', 'n3']) {
    const asked = trace.message('n1', to, 'raft.requestVote {term: 1, candidateId: "n1", lastLogIndex: 0}', {
      parent: timer,
    });
    trace.at(151).message(to, 'n1', 'raft.requestVote reply {term: 1, voteGranted: true}', { parent: asked });
  }
  timer = trace.at(151.2).add('timer', 'n1', 'timer');
  trace.add('observe', 'n1', 'leads term 1', timer);
  for (let beat = 0; beat < 30; beat++) {
    timer = trace.at(160 + beat * 50).add('timer', 'n1', 'timer');
    for (const to of ['n2', 'n3']) {
      const asked = trace.message('n1', to, 'raft.appendEntries {term: 1, entries: [], leaderCommit: 0}', {
        parent: timer,
      });
      trace.message(to, 'n1', 'raft.appendEntries reply {term: 1, success: true}', { parent: asked });
    }
  }
  trace.at(1700).add('note', undefined, 'partition n1 | n2 n3');
  trace
    .at(1710)
    .message('n1', 'n2', 'raft.appendEntries {term: 1, entries: [], leaderCommit: 0}', { lost: 'cut off' });
  trace.at(1720).add('crash', 'n3', 'crashed by the test');
  trace.at(1820).add('boot', 'n3', 'boot 2');
  trace.add('log', 'n3', 'restored from disk: term 0');
  timer = trace.at(1900).add('timer', 'n2', 'timer');
  const asked = trace.message('n2', 'n3', 'raft.requestVote {term: 1, candidateId: "n2", lastLogIndex: 0}', {
    ms: 35,
    parent: timer,
  });
  const reply = trace
    .at(1936)
    .message('n3', 'n2', 'raft.requestVote reply {term: 1, voteGranted: true}', { parent: asked });
  const seen = trace.at(1936.2).add('observe', 'n2', 'leads term 1', reply);
  trace.add('violation', 'n2', 'election safety: n1 and n2 both lead term 1', seen);
  return trace;
}

import type { NodeId, Raft, RaftStatus, StartResult } from '@lockstep/api';
import type { BootContext } from '@lockstep/test-harness/suite';
import { asCommand, show } from './commands.ts';
import type { Command } from './commands.ts';
import { isIndex, isTerm } from './seen.ts';
import type { Inspected, InspectedEntry, RaftSeen } from './seen.ts';
import { describe } from './service.ts';
import type { Service } from './service.ts';

/** What is read of something that is no status. */
const NO_STATUS: Partial<RaftStatus> = {};

/** One boot of one server, as this lab holds it: the Raft instance, and the service above it. */
export class Driver {
  readonly service: Service;
  readonly #raft: Raft;
  readonly #context: BootContext<RaftSeen>;
  /** As of the end of the node's last event. */
  #status: RaftStatus = { term: 0, isLeader: false };
  #applied = -1;
  #inspection = '';
  #entries: InspectedEntry[] = [];

  constructor(raft: Raft, service: Service, context: BootContext<RaftSeen>) {
    this.#raft = raft;
    this.service = service;
    this.#context = context;
  }

  /** What the server believed at the end of its last event. */
  get status(): RaftStatus {
    return this.#status;
  }

  /** The command that the service has applied at `index` since its boot. */
  appliedAt(index: number): Command | undefined {
    return this.service.commands[index - 1];
  }

  /** Calls Raft's `start`; to be called inside an event of the node. */
  propose(command: Command): StartResult | undefined {
    this.#context.observe({ kind: 'offered', command });
    const answer: unknown = this.#raft.start(command);
    if (answer === undefined) {
      this.#context.observe({ kind: 'refused', command });
      return undefined;
    }
    const { index, term } = (
      typeof answer === 'object' && answer !== null ? answer : {}
    ) as Partial<StartResult>;
    if (!isIndex(index) || !isTerm(term)) {
      this.#misused(
        `start() answered {index: ${describe(index)}, term: ${describe(term)}}; ` +
          'both are integers, and indexes begin at 1',
      );
      return undefined;
    }
    const status = this.#readStatus();
    this.#context.observe({
      kind: 'proposed',
      text: `takes ${show(command)} for index ${index} in term ${term}`,
      command,
      index,
      term,
      status: { term: status.term, isLeader: status.isLeader },
    });
    return { index, term };
  }

  /** Looks at the server after each of its events. */
  sample(): void {
    const before = this.#status;
    const now = this.#readStatus();
    const { lastApplied } = this.service;
    const isSame =
      now.term === before.term && now.isLeader === before.isLeader && now.leaderHint === before.leaderHint;
    if (!isSame || lastApplied !== this.#applied) {
      this.#status = now;
      this.#applied = lastApplied;
      const text = isSame ? undefined : describeChange(before, now);
      this.#context.observe({
        kind: 'status',
        ...now,
        applied: lastApplied,
        ...(text === undefined ? {} : { text }),
      });
    }
    if (this.#context.peek !== undefined) this.#inspect(this.#context.peek);
  }

  #readStatus(): RaftStatus {
    const status: unknown = this.#raft.status();
    const isObject = typeof status === 'object' && status !== null;
    const { term, isLeader, leaderHint }: Partial<RaftStatus> = isObject ? status : NO_STATUS;
    const hasHint = leaderHint !== undefined;
    if (!isTerm(term) || typeof isLeader !== 'boolean' || (hasHint && typeof leaderHint !== 'string')) {
      this.#misused(
        `status() answered {term: ${describe(term)}, isLeader: ${describe(isLeader)}` +
          `${hasHint ? `, leaderHint: ${describe(leaderHint)}` : ''}}; expected an integer and a boolean` +
          `${hasHint ? ', and the id of a server' : ''}`,
      );
      return { term: 0, isLeader: false };
    }
    return hasHint ? { term, isLeader, leaderHint } : { term, isLeader };
  }

  /** Shows what `inspect()` has changed, if the implementation has it. */
  #inspect(peek: (seen: RaftSeen) => void): void {
    const seen = this.#raft.inspect?.();
    if (seen === undefined) return;
    const { role, currentTerm, votedFor, commitIndex, lastIncludedIndex, lastIncludedTerm, lastIndex } = seen;
    const last = seen.entry(lastIndex)?.term ?? lastIncludedTerm;
    const key = [role, currentTerm, votedFor, commitIndex, lastIncludedIndex, lastIndex, last].join();
    if (key === this.#inspection) return;
    this.#inspection = key;
    const inspected: Inspected = {
      kind: 'inspected',
      role,
      currentTerm,
      ...(votedFor === undefined ? {} : { votedFor }),
      commitIndex,
      lastIncludedIndex,
      lastIncludedTerm,
      lastIndex,
      entries: this.#changedEntries(lastIncludedIndex, lastIndex, (index) => seen.entry(index)),
    };
    peek(inspected);
  }

  #changedEntries(
    from: number,
    to: number,
    entryAt: (index: number) => { readonly term: number; readonly command: unknown } | undefined,
  ): InspectedEntry[] {
    const log: InspectedEntry[] = [];
    for (let index = from + 1; index <= to; index++) {
      const entry = entryAt(index);
      if (entry !== undefined) log.push({ index, term: entry.term, command: asCommand(entry.command) });
    }
    const known = new Map(this.#entries.map((entry) => [entry.index, entry]));
    this.#entries = log;
    const changed = log.findIndex(({ index, term, command }) => {
      const old = known.get(index);
      return old?.term !== term || old.command !== command;
    });
    return changed < 0 ? [] : log.slice(changed);
  }

  #misused(what: string): void {
    this.#context.observe({ kind: 'misused', what });
  }
}

/** What a server is, in its own eyes: `leader of term 3`, `follower of n2 in term 3`. */
export function describeRole({ term, isLeader, leaderHint }: RaftStatus): string {
  if (isLeader) return `leader of term ${term}`;
  return leaderHint === undefined ? `no leader in term ${term}` : `follower of ${leaderHint} in term ${term}`;
}

function describeChange(before: RaftStatus, now: RaftStatus): string | undefined {
  if (now.isLeader && !before.isLeader) return `becomes leader of term ${now.term}`;
  if (before.isLeader && !now.isLeader) return `steps down; ${describeRole(now)}`;
  if (now.term !== before.term) return `enters term ${now.term}${hint(now.leaderHint)}`;
  return now.leaderHint === undefined ? undefined : `follows ${now.leaderHint} in term ${now.term}`;
}

function hint(leader: NodeId | undefined): string {
  return leader === undefined ? '' : `, led by ${leader}`;
}

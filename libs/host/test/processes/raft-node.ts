import type { ApplyMessage, Raft } from '@lockstep/api';
import { startHost } from '@lockstep/host';
import type { HostOptions } from '@lockstep/host';
import { createRaft } from '@lockstep/raft';
import { answerQuestions, readSettings } from '../support/questions.ts';

/** How a server of the cluster is started. */
export interface RaftNodeSettings {
  readonly options: Omit<HostOptions, 'log'>;
  /** The service takes a snapshot after so many commands. */
  readonly snapshotEvery: number;
}

/** What became of a command that was proposed. */
export type Proposal = 'not the leader' | 'agreed' | 'overwritten' | 'not agreed so far';

/** A leader that has lost its office never learns what becomes of its last entries. */
const PATIENCE_MS = 2_000;

/** A service that keeps every command, in order. */
class Journal {
  readonly commands: unknown[] = [];
  readonly #waiting = new Map<number, (command: unknown) => void>();
  readonly #snapshotEvery: number;
  raft: Raft | undefined;

  constructor(snapshotEvery: number) {
    this.#snapshotEvery = snapshotEvery;
  }

  apply(message: ApplyMessage): void {
    if (message.kind === 'snapshot') {
      this.commands.splice(0, Infinity, ...(message.data as unknown[]));
      return;
    }
    this.commands.push(message.command);
    this.#waiting.get(message.index)?.(message.command);
    this.#waiting.delete(message.index);
    if (message.index % this.#snapshotEvery === 0) this.raft?.snapshot(message.index, this.commands);
  }

  propose(command: unknown): Promise<Proposal> {
    const started = this.raft?.start(command);
    if (started === undefined) return Promise.resolve('not the leader');
    return new Promise((resolve) => {
      setTimeout(() => resolve('not agreed so far'), PATIENCE_MS);
      this.#waiting.set(started.index, (found) => resolve(found === command ? 'agreed' : 'overwritten'));
    });
  }
}

const { options, snapshotEvery } = readSettings<RaftNodeSettings>();

async function boot(): Promise<Journal> {
  const { host } = await startHost(options);
  const others = Object.keys(options.peers).filter((id) => id !== options.id);
  const journal = new Journal(snapshotEvery);
  journal.raft = await createRaft(host.scope('raft'), others, (message) => journal.apply(message), {});
  return journal;
}

const booted = boot();

answerQuestions(async (name, argument) => {
  const journal = await booted;
  switch (name) {
    case 'status':
      return journal.raft?.status();
    case 'propose':
      return journal.propose(argument);
    case 'commands':
      return journal.commands;
    default:
      throw new RangeError(`a server of the cluster cannot be asked for "${name}"`);
  }
});

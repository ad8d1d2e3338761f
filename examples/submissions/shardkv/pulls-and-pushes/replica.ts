import { encode } from '@lockstep/api';
import type { Host, Raft, StartRaft } from '@lockstep/api';

/** State that changes by commands alone. */
export interface Machine<Command, Result> {
  apply(command: Command): Result;
  save(): unknown;
  load(saved: unknown): void;
}

interface Entry<Command> {
  readonly id: string;
  readonly command?: Command;
}

/** What became of a command: its result, or nothing that this server could say. */
export type Proposed<Result> = { readonly result: Result } | undefined;

export function nonce(host: Host): string {
  return `${host.random.integer(0, 2 ** 31)}-${host.random.integer(0, 2 ** 31)}-${host.random.integer(0, 2 ** 31)}`;
}

/** A machine on Raft. Every command has a name, and whoever proposed it waits for the name to come up. */
export class Replica<Command, Result> {
  readonly host: Host;
  readonly machine: Machine<Command, Result>;
  #raft: Raft | undefined;
  readonly #waiting = new Map<string, (result: Result) => void>();
  #bytes = 0;

  constructor(host: Host, machine: Machine<Command, Result>) {
    this.host = host;
    this.machine = machine;
  }

  async start(raft: StartRaft, maxLogBytes = Infinity): Promise<void> {
    this.#raft = await raft(
      (message) => {
        if (message.kind === 'snapshot') {
          this.#bytes = 0;
          this.machine.load(message.data);
          return;
        }
        const { id, command } = message.command as Entry<Command>;
        if (command !== undefined) {
          const result = this.machine.apply(command);
          this.#waiting.get(id)?.(result);
        }
        if (maxLogBytes === Infinity) return;
        this.#bytes += encode(message.command).length + 16;
        if (this.#bytes < maxLogBytes || this.#raft === undefined) return;
        this.#raft.snapshot(message.index, this.machine.save());
        this.#bytes = 0;
      },
      // An entry of its own tells a new leader what was committed before.
      { onLeader: () => void Promise.resolve().then(() => this.#raft?.start({ id: '' })) },
    );
  }

  get isLeader(): boolean {
    return this.#raft?.status().isLeader === true;
  }

  get leader(): string | undefined {
    return this.#raft?.status().leaderHint;
  }

  async propose(command: Command): Promise<Proposed<Result>> {
    const id = nonce(this.host);
    const started = this.#raft?.start({ id, command });
    if (started === undefined) return undefined;
    let outcome: Proposed<Result>;
    let isOver = false;
    const applied = new Promise<void>((resolve) => {
      this.#waiting.set(id, (result) => {
        outcome = { result };
        isOver = true;
        resolve();
      });
    });
    while (!isOver) {
      await Promise.race([applied, this.host.clock.sleep(25)]);
      const status = this.#raft?.status();
      if (!isOver && (status?.isLeader !== true || status.term !== started.term)) break;
    }
    this.#waiting.delete(id);
    return outcome;
  }
}

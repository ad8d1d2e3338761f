import type { Replica, ReplicaStatus } from '@lockstep/api';
import type { BootContext } from '@lockstep/test-harness/suite';
import type { MachineBoundary } from './machine.ts';
import type { Seen } from './seen.ts';

/** One boot of one server, as this lab holds it: the replica, and its virtual machine. */
export class Driver {
  readonly machine: MachineBoundary;
  readonly #replica: Replica;
  readonly #context: BootContext<Seen>;
  #role = '';
  #epoch = -1;

  constructor(replica: Replica, machine: MachineBoundary, context: BootContext<Seen>) {
    this.#replica = replica;
    this.machine = machine;
    this.#context = context;
  }

  /** Looks at the server after each of its events: for the timeline alone. */
  sample(): void {
    const status: unknown = this.#replica.status();
    const { role, epoch } = (
      typeof status === 'object' && status !== null ? status : {}
    ) as Partial<ReplicaStatus>;
    if (role === this.#role && epoch === this.#epoch) return;
    if (!['primary', 'backup', 'spare'].includes(role as string) || !Number.isSafeInteger(epoch)) {
      return this.#context.observe({
        kind: 'misused',
        what: 'status() must give {role, epoch}: primary, backup or spare, and an integer',
      });
    }
    this.#role = role as string;
    this.#epoch = epoch as number;
    this.#context.observe({ kind: 'status', text: `is ${this.#role} in epoch ${this.#epoch}` });
  }
}

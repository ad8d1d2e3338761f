import type { Clock } from '@lockstep/api';

/** A task of a client machine: it uses a service, and ends. */
export type Task<Machine> = (machine: Machine) => Promise<void>;

/** One boot of one client machine: its tasks run there, on its own clock. */
export abstract class ClientMachine {
  readonly role = 'client';
  readonly #clock: Clock;
  readonly #ended = new Set<number>();
  #tasks = 0;
  /** Tasks that have no end of their own are to come to one. */
  isStopping = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a task; gives its number. What it throws is this machine's crash. */
  begin(task: Task<this>): number {
    const number = ++this.#tasks;
    this.isStopping = false;
    void task(this).then(() => this.#ended.add(number));
    return number;
  }

  hasEnded(task: number): boolean {
    return this.#ended.has(task);
  }

  /** The time of this machine, in ms. */
  get now(): number {
    return this.#clock.now();
  }

  sleep(ms: number): Promise<void> {
    return this.#clock.sleep(ms);
  }
}

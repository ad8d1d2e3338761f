import type { NodeId } from '@lockstep/api';
import type { ScriptWorld } from '../suite/types.ts';
import { Interrupted } from '../suite/verdict.ts';
import type { ClientMachine, Task } from './client-machine.ts';

/** A task that has begun on a client machine. */
export interface Begun<Machine> {
  readonly client: NodeId;
  readonly driver: Machine;
  readonly number: number;
}

/** The tasks of a test's client machines, as its script begins them and waits for them. */
export class ClientTasks<Driver, Machine extends ClientMachine & Driver> {
  readonly #world: ScriptWorld<Driver>;
  readonly #isClient: (driver: Driver) => driver is Machine;

  constructor(world: ScriptWorld<Driver>, isClient: (driver: Driver) => driver is Machine) {
    this.#world = world;
    this.#isClient = isClient;
  }

  /** Begins a task on a client machine. */
  async begin(client: NodeId, what: string, task: Task<Machine>): Promise<Begun<Machine>> {
    const number = await this.#world.invoke(client, what, (driver) =>
      this.#machine(driver, client).begin(task),
    );
    const driver = this.#world.driver(client);
    if (driver === undefined) throw new Interrupted(`${client} is down`);
    return { client, driver: this.#machine(driver, client), number };
  }

  /** Whether a task has come to its end, be it because its machine has crashed. */
  isOver({ client, driver, number }: Begun<Machine>): boolean {
    return driver.hasEnded(number) || this.#world.driver(client) !== driver;
  }

  /** Waits until tasks are over; those of machines that have crashed meanwhile are. */
  async ended(tasks: readonly Begun<Machine>[], withinMs: number, why: string): Promise<void> {
    const from = this.#world.now;
    await this.#world.until(() => tasks.every((task) => this.isOver(task)), {
      withinMs,
      everyMs: 2,
      violation: () => {
        const waiting = tasks.filter((task) => !this.isOver(task)).map(({ client }) => client);
        const waited = `${Math.round(this.#world.now - from)} ms`;
        return {
          kind: 'liveness',
          property: 'progress',
          message: `After ${waited} operations of ${[...new Set(waiting)].join(', ')} still had no answer: ${why}`,
        };
      },
    });
  }

  /** Has the endless tasks of these clients come to their end. */
  async stop(clients: readonly NodeId[]): Promise<void> {
    for (const client of clients) {
      if (this.#world.driver(client) === undefined) continue;
      await this.#world.invoke(client, 'stop', (driver) => {
        this.#machine(driver, client).isStopping = true;
      });
    }
  }

  #machine(driver: Driver, client: NodeId): Machine {
    if (this.#isClient(driver)) return driver;
    throw new TypeError(`${client} is no client`);
  }
}

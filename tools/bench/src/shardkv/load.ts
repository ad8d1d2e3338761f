import { Client, clients } from './world.ts';
import type { Script } from './world.ts';

/** Keys of the load: so many that each shard has some dozens. */
const KEYS = 600;

/** Length of a value, in characters. */
const VALUE_LENGTH = 100;

/** An operation that has ended: when it began and ended, in ms. */
interface Ended {
  readonly from: number;
  readonly to: number;
}

/** Clients that write, one operation after the other on each of their lanes, to keys at random. */
export class Load {
  readonly #world: Script;
  readonly #clients: readonly string[];
  readonly #lanes: number;
  readonly ended: Ended[] = [];
  #isStopping = false;
  #running = 0;

  constructor(world: Script, count: number, lanes: number) {
    this.#world = world;
    this.#clients = clients(count);
    this.#lanes = lanes;
  }

  async start(): Promise<void> {
    for (const id of this.#clients) {
      await this.#world.invoke(id, 'load', (driver: unknown) => {
        if (!(driver instanceof Client)) throw new TypeError(`${id} is no client`);
        for (let lane = 0; lane < this.#lanes; lane++) void this.#lane(driver);
      });
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#world.until(() => this.#running === 0, {
      withinMs: 30_000,
      violation: () => ({
        kind: 'liveness',
        property: 'progress',
        message: 'the load does not come to its end',
      }),
    });
  }

  /** Operations that ended in a span of time, per second. */
  throughput(from: number, to: number): number {
    const count = this.ended.filter((one) => one.to >= from && one.to < to).length;
    return (count / (to - from)) * 1000;
  }

  async #lane({ clerk, host }: Client): Promise<void> {
    this.#running++;
    while (!this.#isStopping) {
      const from = this.#world.now;
      const key = `key${host.random.integer(0, KEYS - 1)}`;
      await clerk.put(key, 'v'.repeat(VALUE_LENGTH));
      this.ended.push({ from, to: this.#world.now });
    }
    this.#running--;
  }
}

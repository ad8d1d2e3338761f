import type { Host } from '@lockstep/api';

/** Names one request of one client, however often it is sent. */
export interface Ticket {
  readonly lane: string;
  readonly seq: number;
}

/**
 * The numbers of a client's requests. Operations of a clerk may overlap; each uses a lane of its own meanwhile, and
 * within a lane one request begins when the one before has ended. So a server has to remember of a lane its last
 * request only, and nothing ever has to be told which answers have arrived.
 */
export class Lanes {
  readonly #client: string;
  readonly #free: { name: string; seq: number }[] = [];
  #made = 0;

  constructor(host: Host) {
    const digits = (): string => host.random.integer(0, 2 ** 31 - 1).toString(36);
    this.#client = `${host.id}-${digits()}${digits()}`;
  }

  async use<T>(work: (ticket: Ticket) => Promise<T>): Promise<T> {
    const lane = this.#free.pop() ?? { name: `${this.#client}.${this.#made++}`, seq: 0 };
    lane.seq++;
    try {
      return await work({ lane: lane.name, seq: lane.seq });
    } finally {
      this.#free.push(lane);
    }
  }
}

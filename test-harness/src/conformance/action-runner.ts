import type { Host } from '@lockstep/api';
import type { Actions, ConformanceService } from './check.ts';

/** How an action has ended. Plain data, so that it can leave the node. */
export type ActionOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

/**
 * One boot of a node of a check, for whoever makes a world: starts actions and keeps their outcomes until they are
 * fetched. A world that can't await a promise of a node asks for the outcome again and again.
 */
export class ActionRunner {
  readonly #actions: Actions;
  readonly #outcomes = new Map<number, ActionOutcome>();
  #tickets = 0;

  constructor(service: ConformanceService, host: Host) {
    this.#actions = service(host);
  }

  /** Starts an action, and answers a ticket for its outcome. */
  begin(action: string, argument: unknown): number {
    const ticket = this.#tickets++;
    void this.perform(action, argument).then((outcome) => this.#outcomes.set(ticket, outcome));
    return ticket;
  }

  /** The outcome of an action, once; undefined while it is not there. */
  take(ticket: number): ActionOutcome | undefined {
    const outcome = this.#outcomes.get(ticket);
    this.#outcomes.delete(ticket);
    return outcome;
  }

  /** Does an action. Never rejects. */
  async perform(action: string, argument: unknown): Promise<ActionOutcome> {
    try {
      const run = this.#actions[action];
      if (run === undefined) throw new RangeError(`the service of this node has no action "${action}"`);
      return { ok: true, value: await run(argument as never) };
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { ok: false, reason: `${action}: ${reason}` };
    }
  }
}

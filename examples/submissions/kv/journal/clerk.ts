import { OutcomeUnknown, RpcError } from '@lockstep/api';
import type { Client, Host, KvClerk, KvEntry, NodeId } from '@lockstep/api';
import type { Desk, Elsewhere, Line, Verdict } from './protocol.ts';

/** A ticket, the lines written with it, and which of them have not been answered. */
class Ticket {
  readonly open = new Set<number>();
  next = 0;

  constructor(readonly ticket: number) {}

  get heard(): number {
    return Math.min(this.next, ...this.open);
  }
}

/** Makes a clerk, as functions around what it knows. */
export function makeClerk(host: Host, servers: readonly NodeId[]): KvClerk {
  const desks = new Map(servers.map((id) => [id, host.peer<Desk>(id)]));
  let favourite = servers[host.random.integer(0, servers.length - 1)] ?? '';
  let ticket: Promise<Ticket> | undefined;

  /** Goes round, until somebody answers. */
  async function goRound<T extends object>(ask: (desk: Client<Desk>) => Promise<T | Elsewhere>): Promise<T> {
    let id = favourite;
    for (let tries = 0; ; tries++) {
      let hint: string | null = null;
      try {
        const answer = await ask(desks.get(id) as Client<Desk>);
        if (!('goTo' in answer)) {
          favourite = id;
          return answer;
        }
        hint = answer.goTo;
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
      }
      const after = servers[(servers.indexOf(id) + 1) % servers.length] ?? id;
      id = hint !== null && hint !== id && desks.has(hint) && tries % 2 === 0 ? hint : after;
      if (tries % servers.length === servers.length - 1) await host.clock.sleep(8 + host.random.uniform() * 100);
    }
  }

  async function enter(): Promise<Ticket> {
    const entrance = Array.from({ length: 4 }, () => host.random.integer(0, 2 ** 24).toString(36)).join('.');
    const verdict = await goRound<Verdict>((desk) => desk.note({ entrance }, { timeoutMs: 350 }));
    if (!('ticket' in verdict)) throw new Error('no ticket was given');
    return new Ticket(verdict.ticket);
  }

  async function write(what: Pick<Line, 'verb' | 'key' | 'value' | 'version'>): Promise<number | undefined> {
    const asked = (ticket ??= enter());
    const own = await asked;
    const number = own.next++;
    own.open.add(number);
    const verdict = await goRound<Verdict>((desk) =>
      desk.note({ ...what, ticket: own.ticket, number, heard: own.heard }, { timeoutMs: 350 }),
    );
    if ('version' in verdict) {
      own.open.delete(number);
      return verdict.version === false ? undefined : verdict.version;
    }
    if (ticket === asked) ticket = undefined;
    throw new OutcomeUnknown(`the ledger has no ticket ${own.ticket} any more`);
  }

  async function certainly(what: Parameters<typeof write>[0]): Promise<number> {
    const version = await write(what);
    if (version === undefined) throw new Error(`${what.verb} has no condition`);
    return version;
  }

  return {
    get: (key): Promise<KvEntry> => goRound((desk) => desk.see({ key }, { timeoutMs: 350 })),
    put: (key, value) => certainly({ verb: 'put', key, value }),
    append: (key, value) => certainly({ verb: 'append', key, value }),
    putIf: (key, value, version) => write({ verb: 'put-if', key, value, version }),
  };
}

import { OutcomeUnknown } from '@lockstep/api';
import type { Host, KvClerk, KvEntry, NodeId } from '@lockstep/api';
import type { Change, Reply, Request, Service } from './wire.ts';

const PATIENCE_MS = 500;
const REST_MS = [5, 120] as const;

/** What the servers call this clerk, and its lanes. */
interface Name {
  readonly clerk: number;
  /** The last turn of each lane. */
  readonly turns: number[];
  readonly free: number[];
}

/** A write takes a lane that is free, or opens another: as many as there are writes at the same time. */
export class Clerk implements KvClerk {
  private name: Promise<Name> | undefined;
  private favourite = 0;

  constructor(
    private readonly host: Host,
    private readonly servers: readonly NodeId[],
  ) {}

  async get(key: string): Promise<KvEntry> {
    const reply = await this.ask({ kind: 'get', key });
    if (reply.is !== 'entry') throw new Error(`a server answered ${reply.is} to get`);
    return { value: reply.value, version: reply.version };
  }

  async put(key: string, value: string): Promise<number> {
    return (await this.write({ op: 'put', key, value })) ?? 0;
  }

  async append(key: string, value: string): Promise<number> {
    return (await this.write({ op: 'append', key, value })) ?? 0;
  }

  putIf(key: string, value: string, version: number): Promise<number | undefined> {
    return this.write({ op: 'putIf', key, value, version });
  }

  private async write(change: Change): Promise<number | undefined> {
    const asked = (this.name ??= this.introduce());
    const name = await asked;
    const lane = name.free.pop() ?? name.turns.push(0) - 1;
    const turn = (name.turns[lane] ?? 0) + 1;
    name.turns[lane] = turn;
    const reply = await this.ask({ kind: 'write', clerk: name.clerk, lane, turn, change });
    name.free.push(lane);
    if (reply.is === 'done') return reply.version ?? undefined;
    if (this.name === asked) this.name = undefined;
    throw new OutcomeUnknown(`nobody knows this clerk any more, nor what became of its ${change.op}`);
  }

  private async introduce(): Promise<Name> {
    const { random, id } = this.host;
    const nonce = `${id}-${random.uniform().toString(36).slice(2)}${random.uniform().toString(36).slice(2)}`;
    const reply = await this.ask({ kind: 'hello', nonce });
    if (reply.is !== 'welcome') throw new Error(`a server answered ${reply.is} to hello`);
    return { clerk: reply.clerk, turns: [], free: [] };
  }

  /** Asks one server after the other, until one answers. */
  private async ask(request: Request): Promise<Exclude<Reply, { is: 'busy' }>> {
    let place = this.favourite;
    for (let asked = 1; ; asked++) {
      let next = (place + 1) % this.servers.length;
      try {
        const server = this.host.peer<Service>(this.servers[place] ?? '');
        const reply = await server.ask(request, { timeoutMs: PATIENCE_MS });
        if (reply.is !== 'busy') {
          this.favourite = place;
          return reply;
        }
        // Every third hint is not followed, should hints go round.
        const hinted = this.servers.indexOf(reply.leader ?? '');
        if (hinted >= 0 && asked % 3 !== 0) next = hinted;
      } catch {
        // It may have been done all the same; it bears its number.
      }
      place = next;
      if (asked % this.servers.length === 0) await this.host.clock.sleep(this.host.random.integer(...REST_MS));
    }
  }
}

import { NO_GROUP, SHARDS } from '@lockstep/api';
import type { GroupId, NodeId, ShardConfiguration } from '@lockstep/api';

import { balance } from './balance.ts';
import type { Ticket } from './lanes.ts';
import type { StateMachine } from './replica.ts';

/** What an administrator may change. */
export type Change =
  | { readonly kind: 'join'; readonly groups: Readonly<Record<string, readonly NodeId[]>> }
  | { readonly kind: 'leave'; readonly groups: readonly GroupId[] }
  | { readonly kind: 'move'; readonly shard: number; readonly group: GroupId };

export type ControllerCommand =
  | { readonly kind: 'change'; readonly ticket: Ticket; readonly change: Change }
  | { readonly kind: 'query'; readonly number: number | undefined };

export type ControllerResult =
  | { readonly kind: 'changed'; readonly number: number }
  | { readonly kind: 'configuration'; readonly configuration: ShardConfiguration };

/** The last change of a lane, and the configuration that it made. */
type Session = readonly [lane: string, seq: number, number: number];

interface Saved {
  readonly configurations: readonly ShardConfiguration[];
  readonly sessions: readonly Session[];
}

const EMPTY: ShardConfiguration = {
  number: 0,
  shards: new Array<GroupId>(SHARDS).fill(NO_GROUP),
  groups: {},
};

/** All configurations that there ever were, and what tells a repeated change from a new one. */
export class ControllerMachine implements StateMachine<ControllerCommand, ControllerResult> {
  #configurations: ShardConfiguration[] = [EMPTY];
  #sessions = new Map<string, Session>();

  get latest(): ShardConfiguration {
    return this.#configurations[this.#configurations.length - 1] ?? EMPTY;
  }

  configuration(number: number | undefined): ShardConfiguration | undefined {
    return number === undefined ? undefined : this.#configurations[number];
  }

  /** The configurations behind this number, so many at most. */
  after(number: number, limit: number): readonly ShardConfiguration[] {
    return this.#configurations.slice(number + 1, number + 1 + limit);
  }

  apply(command: ControllerCommand): ControllerResult {
    if (command.kind === 'query') {
      return { kind: 'configuration', configuration: this.configuration(command.number) ?? this.latest };
    }
    const { lane, seq } = command.ticket;
    const session = this.#sessions.get(lane);
    if (session !== undefined && session[1] >= seq) return { kind: 'changed', number: session[2] };
    const next = changed(this.latest, command.change);
    this.#configurations.push(next);
    this.#sessions.set(lane, [lane, seq, next.number]);
    return { kind: 'changed', number: next.number };
  }

  save(): Saved {
    return { configurations: [...this.#configurations], sessions: [...this.#sessions.values()] };
  }

  restore(data: unknown): void {
    const saved = data as Saved;
    this.#configurations = [...saved.configurations];
    this.#sessions = new Map(saved.sessions.map((session) => [session[0], session]));
  }
}

function changed(latest: ShardConfiguration, change: Change): ShardConfiguration {
  const number = latest.number + 1;
  if (change.kind === 'move') {
    const shards = latest.shards.map((group, shard) => (shard === change.shard ? change.group : group));
    return { number, shards, groups: latest.groups };
  }
  const groups: Record<string, readonly NodeId[]> = { ...latest.groups };
  if (change.kind === 'join') Object.assign(groups, change.groups);
  else for (const group of change.groups) delete groups[String(group)];
  return { number, shards: balance(latest.shards, Object.keys(groups).map(Number)), groups };
}

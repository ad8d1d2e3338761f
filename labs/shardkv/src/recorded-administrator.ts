import { SHARDS } from '@lockstep/api';
import type { GroupId, NodeId, ShardAdministrator, ShardConfiguration } from '@lockstep/api';
import { refused } from '@lockstep/test-harness/services';
import type { Administered, Administration, Asked, Told } from './seen.ts';

/** An administrator's clerk of an implementation's whose answers are checked for their shape, and recorded. */
export class RecordedAdministrator implements ShardAdministrator {
  readonly #administrator: ShardAdministrator;
  readonly #name: string;
  readonly #controller: NodeId;
  readonly #observe: (seen: Asked | Told) => void;
  #operations = 0;

  /** @param name tells it from all other administrators. */
  constructor(
    administrator: ShardAdministrator,
    name: string,
    controller: NodeId,
    observe: (seen: Asked | Told) => void,
  ) {
    this.#administrator = administrator;
    this.#name = name;
    this.#controller = controller;
    this.#observe = observe;
  }

  join(groups: Readonly<Record<string, readonly NodeId[]>>): Promise<number> {
    return this.#record({ op: 'join', groups }, async () =>
      readNumber(await this.#administrator.join(groups), 'join'),
    );
  }

  leave(groups: readonly GroupId[]): Promise<number> {
    return this.#record({ op: 'leave', groups }, async () =>
      readNumber(await this.#administrator.leave([...groups]), 'leave'),
    );
  }

  move(shard: number, group: GroupId): Promise<number> {
    return this.#record({ op: 'move', shard, group }, async () =>
      readNumber(await this.#administrator.move(shard, group), 'move'),
    );
  }

  query(number?: number): Promise<ShardConfiguration> {
    const input = number === undefined ? { op: 'query' as const } : { op: 'query' as const, number };
    return this.#record(input, async () => readConfiguration(await this.#administrator.query(number)));
  }

  async #record<Output extends Administered>(
    input: Administration,
    ask: () => Promise<Output>,
  ): Promise<Output> {
    const id = `${this.#name}.${++this.#operations}`;
    const controller = this.#controller;
    this.#observe({ kind: 'asked', text: `calls ${describe(input)}`, id, controller, input });
    const output = await ask();
    this.#observe({ kind: 'told', text: `${describe(input)} gives ${show(output)}`, id, controller, output });
    return output;
  }
}

function describe(input: Administration): string {
  switch (input.op) {
    case 'join':
      return `join(${Object.keys(input.groups).join(' ')})`;
    case 'leave':
      return `leave(${input.groups.join(' ')})`;
    case 'move':
      return `move(shard ${input.shard} to ${input.group})`;
    case 'query':
      return `query(${input.number ?? ''})`;
  }
}

function show(output: Administered): string {
  return typeof output === 'number'
    ? `configuration ${output}`
    : `configuration ${output.number}: ${output.shards.join(' ')}`;
}

function readNumber(answer: unknown, operation: string): number {
  if (Number.isSafeInteger(answer) && (answer as number) >= 1) return answer as number;
  throw refused(
    `${operation}() gave ${typeof answer} instead of a configuration's number, an integer from 1`,
  );
}

function readConfiguration(answer: unknown): ShardConfiguration {
  const { number, shards, groups } = (
    typeof answer === 'object' && answer !== null ? answer : {}
  ) as Partial<ShardConfiguration>;
  const isNumber = Number.isSafeInteger(number) && (number ?? -1) >= 0;
  const isWhole = Array.isArray(shards) && shards.length === SHARDS && shards.every(Number.isSafeInteger);
  if (!isNumber || number === undefined || !isWhole || typeof groups !== 'object' || groups === null) {
    throw refused(`query() gave something else than a number, the groups of ${SHARDS} shards, and groups`);
  }
  const entries = Object.entries(groups).map(([id, servers]) => {
    if (Array.isArray(servers) && servers.every((server) => typeof server === 'string')) {
      return [id, [...servers]] as const;
    }
    throw refused(`query() gave a group ${id} whose servers are no list of names`);
  });
  return { number, shards: [...(shards as number[])], groups: Object.fromEntries(entries) };
}

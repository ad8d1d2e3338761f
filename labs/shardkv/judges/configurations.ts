import { NO_GROUP } from '@lockstep/api';
import type { NodeId, ShardConfiguration } from '@lockstep/api';
import type { Judge } from '@lockstep/test-harness/suite';
import type { Administration, Asked, ShardSeen, Told } from '../src/seen.ts';
import { complaintAbout } from './assignment.ts';

type Change = Exclude<Administration, { op: 'query' }>;

interface Pending {
  readonly input: Administration;
  /** The highest number that anybody had been told of when it was asked for. */
  readonly floor: number;
}

/**
 * The controller is linearizable, and its configurations are what its contract says. Numbers tell the order: a
 * configuration is made by one operation, which says its number, so nothing has to be searched for.
 */
export function configurations(): Judge<ShardSeen> {
  const histories = new Map<NodeId, History>();
  const historyOf = (controller: NodeId): History => {
    const history = histories.get(controller) ?? new History();
    histories.set(controller, history);
    return history;
  };
  const violation = (message: string | undefined) =>
    message === undefined ? undefined : ({ kind: 'safety', property: 'configurations', message } as const);
  return {
    property: 'configurations',
    observe(seen) {
      if (seen.kind === 'asked') historyOf(seen.controller).asked(seen);
      return seen.kind === 'told' ? violation(historyOf(seen.controller).told(seen)) : undefined;
    },
    finish() {
      for (const history of histories.values()) {
        const message = history.finish();
        if (message !== undefined) return violation(message);
      }
      return undefined;
    },
  };
}

/** What is known of one controller's configurations. */
class History {
  readonly #pending = new Map<string, Pending>();
  readonly #known = new Map<number, ShardConfiguration>();
  readonly #made = new Map<number, Change>();
  /** Changes that have been asked for so far: there are no more configurations than that. */
  #changes = 0;
  /** The highest number that anybody has been told of. */
  #highest = 0;

  asked({ id, input }: Asked): void {
    if (input.op !== 'query') this.#changes++;
    this.#pending.set(id, { input, floor: this.#highest });
  }

  told({ id, output }: Told): string | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    const { input, floor } = pending;
    const number = typeof output === 'number' ? output : output.number;
    if (number > this.#changes) {
      return `There is a configuration ${number}, though only ${this.#changes} changes were asked for`;
    }
    this.#highest = Math.max(this.#highest, number);
    if (typeof output === 'number') return this.#changed(input, output, floor);
    return this.#queried(input.op === 'query' ? input.number : undefined, output, floor);
  }

  #changed(input: Administration, number: number, floor: number): string | undefined {
    if (input.op === 'query') return undefined;
    if (number <= floor) {
      return `A ${input.op} made configuration ${number}, though ${floor} was there before it was asked for`;
    }
    if (this.#made.has(number)) return `Two operations say that they made configuration ${number}`;
    this.#made.set(number, input);
    return this.#check(number);
  }

  #queried(asked: number | undefined, found: ShardConfiguration, floor: number): string | undefined {
    const { number } = found;
    if (asked !== undefined && number > asked) return `query(${asked}) gave configuration ${number}`;
    const isLatest = asked === undefined || number < asked;
    if (isLatest && number < floor) {
      return `query(${asked ?? ''}) gave configuration ${number} as the latest, though ${floor} was known before it`;
    }
    const known = this.#known.get(number);
    this.#known.set(number, known ?? found);
    if (known !== undefined && !isSame(known, found)) {
      return `Configuration ${number} was ${show(known)} for one who asked, and ${show(found)} for another`;
    }
    if (number === 0 && !isSame(found, EMPTY)) return `Configuration 0 is ${show(found)} instead of empty`;
    return this.#check(number) ?? this.#check(number + 1);
  }

  /** Compares a configuration with the one before it, when all that takes is known. */
  #check(number: number): string | undefined {
    const [before, after, made] = [
      this.#known.get(number - 1),
      this.#known.get(number),
      this.#made.get(number),
    ];
    if (before === undefined || after === undefined || made === undefined) return undefined;
    const complaint = complaintAbout(before, after, made);
    return (
      complaint &&
      `Configuration ${number}, made by a ${made.op} of ${show(before)}, ${complaint}: ${show(after)}`
    );
  }

  /** In the end, whatever nobody says that he made is the work of operations that have not returned. */
  finish(): string | undefined {
    const unfinished = [...this.#pending.values()].flatMap(({ input }) =>
      input.op === 'query' ? [] : [input],
    );
    for (const [number, after] of this.#known) {
      const before = this.#known.get(number - 1);
      if (number === 0 || before === undefined || this.#made.has(number)) continue;
      const maker = unfinished.findIndex((made) => complaintAbout(before, after, made) === undefined);
      if (maker < 0)
        return `Configuration ${number} is the work of no operation: ${show(after)} after ${show(before)}`;
      unfinished.splice(maker, 1);
    }
    return undefined;
  }
}

const EMPTY: Omit<ShardConfiguration, 'number'> = { shards: [NO_GROUP], groups: {} };

type Contents = Pick<ShardConfiguration, 'shards' | 'groups'>;

function isSame(one: Contents, other: Contents): boolean {
  return show(one) === show(other);
}

function show({ shards, groups }: Contents): string {
  const owners = shards.every((owner) => owner === shards[0]) ? `all ${shards[0]}` : shards.join(' ');
  const listed = Object.entries(groups).map(([id, servers]) => `${id}: ${servers.join(' ')}`);
  return `(${owners}; ${listed.join(', ') || 'no groups'})`;
}

import { shardOf } from '@lockstep/api';
import type { ShardConfiguration } from '@lockstep/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, NO_CONFIGURATION } from '../src/controller/configurations.ts';
import { GroupMachine } from '../src/group/machine.ts';
import type { Command } from '../src/group/messages.ts';
import type { Prepare, Settle, TransactionId, Vote } from '../src/transactions/messages.ts';
import { nameOf } from '../src/transactions/participant.ts';
import { outcomeOf, partsOf } from '../src/transactions/parts.ts';

/** Keys of three shards. A transaction reads two of them or all, and may write them. */
const KEYS = ['k0', 'k1', 'k2'] as const;
const SETS = [
  [0, 1],
  [1, 2],
  [0, 2],
  [0, 1, 2],
].map((set) => set.map((i) => KEYS[i] ?? 'k0'));
const GROUPS = [1, 2] as const;

const step = fc.record({
  kind: fc.constantFrom(
    'begin',
    'begin',
    'ask',
    'ask',
    'deliver',
    'deliver',
    'deliver',
    'deliver',
    'decide',
    'decide',
    'tell',
    'inquire',
    'move',
    'restart',
  ),
  choice: fc.nat({ max: 9999 }),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What goes between groups. It is never taken away, so that it may come again at any time. */
interface Message {
  readonly to: number;
  readonly command: Prepare | Settle;
}

/** A transaction that has happened: the versions that it has found. */
interface Outcome {
  readonly versions: ReadonlyMap<string, number>;
  readonly isWrite: boolean;
}

/** Two groups that act on what they know, in any order, and a network that delivers anything at any time. */
class World {
  configuration: ShardConfiguration = NO_CONFIGURATION;
  readonly groups = new Map<number, GroupMachine>(GROUPS.map((group) => [group, new GroupMachine(group)]));
  readonly messages: Message[] = [];
  /** Votes that have come back, by attempt. */
  readonly votes = new Map<string, Map<number, Vote>>();
  #sequence = 0;

  constructor() {
    const groups = { 1: ['g1'], 2: ['g2'] };
    this.#configure(changed(this.configuration, { op: 'join', groups }));
  }

  take({ kind, choice }: Step): void {
    switch (kind) {
      case 'begin':
        return this.#begin(choice);
      case 'ask':
        return pick(this.#attempts(), choice, (id) => this.#ask(id));
      case 'deliver':
        return pick(choice % 3 === 0 ? this.messages : this.messages.slice(-8), choice, (message) =>
          this.#deliver(message),
        );
      case 'decide':
        return pick(this.#attempts(), choice, (id) => this.#decide(id, choice % 7 === 0));
      case 'tell':
        return pick(this.#applied(), choice, ({ id, shards }) => this.#tell(id, shards));
      case 'inquire':
        return pick(this.#prepared(), choice, ({ id, shard }) => this.#inquire(id, shard));
      case 'move':
        return this.#move(choice);
      case 'restart':
        return this.#restart((choice % 2) + 1);
    }
  }

  /** All attempts come to their end. */
  settle(): void {
    for (const id of this.#attempts()) {
      const asked = this.messages.length;
      this.#ask(id);
      for (const message of this.messages.slice(asked)) this.#deliver(message);
      this.#decide(id, true);
    }
    for (const { id, shard } of this.#prepared()) this.#inquire(id, shard);
    for (const { id } of this.#applied()) this.#at(id.shard).apply({ kind: 'finish', id });
  }

  shard(number: number) {
    const shard = this.#at(number).holdings.held(number);
    if (shard === undefined) throw new Error(`shard ${number} is nowhere`);
    return shard;
  }

  /** What clerks have been told of their transactions. */
  outcomes(): Outcome[] {
    return KEYS.map(shardOf).flatMap((home) =>
      this.shard(home)
        .sessions.save()
        .flatMap(([clerk, , results]) =>
          results.map(([, result]) => {
            if (typeof result !== 'object') throw new Error('a result is no outcome');
            const keys = SETS[Number(clerk.slice(1))] ?? [];
            const versions = new Map(keys.map((key, i) => [key, result.entries[i]?.version ?? -1]));
            return { versions, isWrite: clerk.startsWith('w') };
          }),
        ),
    );
  }

  #at(shard: number): GroupMachine {
    const group = this.groups.get(this.configuration.shards[shard] ?? 0);
    if (group === undefined) throw new Error(`nobody has shard ${shard}`);
    return group;
  }

  #begin(choice: number): void {
    const set = choice % SETS.length;
    const keys = SETS[set] ?? [];
    const isWrite = choice % 3 > 0;
    const writes = isWrite ? keys.map((key) => ({ key, value: String(choice) })) : [];
    const shard = Math.min(...keys.map(shardOf));
    const id = { clerk: `${isWrite ? 'w' : 'r'}${set}`, shard, sequence: this.#sequence++, settledBelow: 0 };
    this.#at(shard).apply({ kind: 'transact', ...id, reads: keys, writes });
  }

  #attempts(): TransactionId[] {
    return KEYS.map(shardOf).flatMap((shard) =>
      this.shard(shard).coordinator.undecided.map(({ number }) => ({ shard, number })),
    );
  }

  #applied(): { readonly id: TransactionId; readonly shards: readonly number[] }[] {
    return KEYS.map(shardOf).flatMap((shard) =>
      this.shard(shard).coordinator.applied.map(({ number, shards }) => ({ id: { shard, number }, shards })),
    );
  }

  #prepared(): { readonly id: TransactionId; readonly shard: number }[] {
    return KEYS.map(shardOf).flatMap((shard) =>
      this.shard(shard).participant.prepared.map(({ id }) => ({ id, shard })),
    );
  }

  #ask(id: TransactionId): void {
    const attempt = this.shard(id.shard).coordinator.undecidedAt(id.number);
    if (attempt === undefined) return;
    const { open } = this.shard(id.shard).coordinator;
    for (const part of partsOf(attempt.request.reads, attempt.request.writes)) {
      const to = this.configuration.shards[part.shard] ?? 0;
      this.messages.push({ to, command: { kind: 'prepare', id, open, parts: [part] } });
    }
  }

  #deliver({ to, command }: Message): void {
    const outcome = this.groups.get(to)?.apply(structuredClone<Command>(command));
    if (command.kind !== 'prepare' || outcome?.kind !== 'votes') return;
    const votes = this.votes.get(nameOf(command.id)) ?? new Map<number, Vote>();
    this.votes.set(nameOf(command.id), votes);
    for (const [i, vote] of outcome.votes.entries()) votes.set(command.parts[i]?.shard ?? -1, vote);
  }

  #decide(id: TransactionId, mayAbandon: boolean): void {
    const attempt = this.shard(id.shard).coordinator.undecidedAt(id.number);
    if (attempt === undefined) return;
    const { reads, writes } = attempt.request;
    const prepared = partsOf(reads, writes).flatMap((part) => {
      const vote = this.votes.get(nameOf(id))?.get(part.shard);
      return vote?.kind === 'prepared' ? [{ part, entries: vote.entries, holds: vote.holds }] : [];
    });
    if (prepared.length === partsOf(reads, writes).length) {
      this.#at(id.shard).apply({ kind: 'conclude', id, outcome: outcomeOf(reads, prepared) });
    } else if (mayAbandon) this.#at(id.shard).apply({ kind: 'abandon', id });
  }

  #tell(id: TransactionId, shards: readonly number[]): void {
    const { open } = this.shard(id.shard).coordinator;
    for (const shard of shards) {
      const to = this.configuration.shards[shard] ?? 0;
      const command = { kind: 'settle', id, open, shards: [shard], isApplied: true } as const;
      this.messages.push({ to, command });
    }
    const isKnown = shards.every((shard) => this.shard(shard).participant.vote(id) === undefined);
    if (isKnown) this.#at(id.shard).apply({ kind: 'finish', id });
  }

  #inquire(id: TransactionId, shard: number): void {
    const reply = this.#at(id.shard).transactions.fate(id);
    if (reply.kind !== 'fate' || reply.fate === 'undecided') return;
    const { open, fate } = reply;
    this.#at(shard).apply({ kind: 'settle', id, open, shards: [shard], isApplied: fate === 'applied' });
  }

  /** A shard goes to the other group, with all that is under way in it. */
  #move(choice: number): void {
    const shard = shardOf(KEYS[choice % KEYS.length] ?? 'k0');
    const group = this.configuration.shards[shard] === 1 ? 2 : 1;
    this.#configure(changed(this.configuration, { op: 'move', shard, group }));
  }

  #configure(next: ShardConfiguration): void {
    this.configuration = next;
    for (const machine of this.groups.values()) machine.apply({ kind: 'configure', configurations: [next] });
    for (const machine of this.groups.values()) {
      for (const { shard, hop, destination } of machine.holdings.leaving) {
        const contents = machine.holdings.contents(shard);
        if (contents === undefined) throw new Error('a shard that is to leave has no contents');
        const arrival = structuredClone({ shard, hop, since: destination.since, contents });
        this.groups.get(destination.group)?.apply({ kind: 'install', arrival });
        machine.apply({ kind: 'handed-over', shard, hop });
      }
    }
  }

  #restart(group: number): void {
    const restored = new GroupMachine(group);
    restored.restore(structuredClone(this.groups.get(group)?.snapshot()));
    this.groups.set(group, restored);
  }
}

function pick<Thing>(things: readonly Thing[], choice: number, use: (thing: Thing) => void): void {
  const thing = things[choice % Math.max(1, things.length)];
  if (thing !== undefined) use(thing);
}

/** Whether one has to come before the other: it has found an older version, or the one that the other replaced. */
function precedes(one: Outcome, other: Outcome): boolean {
  return [...one.versions].some(([key, version]) => {
    const later = other.versions.get(key);
    if (later === undefined) return false;
    return version < later || (version === later && other.isWrite && !one.isWrite);
  });
}

/** Takes away whoever nobody has to come before, again and again; what is left goes in circles. */
function inCircles(outcomes: readonly Outcome[]): readonly Outcome[] {
  const first = outcomes.find((one) => outcomes.every((other) => other === one || !precedes(other, one)));
  return first === undefined ? outcomes : inCircles(outcomes.filter((one) => one !== first));
}

describe('transactions', () => {
  const steps = fc.array(step, { minLength: 80, maxLength: 250, size: 'max' });

  it('happen in all shards or in none, once, whatever moves and whatever comes late or twice', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = new World();
        for (const next of all) world.take(next);
        world.settle();
        for (const key of KEYS) {
          const found = world.outcomes().flatMap(({ versions, isWrite }) => {
            const version = versions.get(key);
            return isWrite && version !== undefined ? [version] : [];
          });
          // Each has found what the one before it has written.
          expect(found.sort((a, b) => a - b)).toEqual(found.map((_, i) => i));
          expect(world.shard(shardOf(key)).store.get(key).version).toBe(found.length);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('happen one after the other', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = new World();
        for (const next of all) world.take(next);
        expect(inCircles(world.outcomes())).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('leave no lock behind', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = new World();
        for (const next of all) world.take(next);
        world.settle();
        for (const key of KEYS) {
          const { participant, coordinator } = world.shard(shardOf(key));
          expect(participant.locks.isWritable(key)).toBe(true);
          expect(participant.prepared).toEqual([]);
          expect(coordinator.open).toEqual([]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('happen at all', () => {
    const world = new World();
    world.take({ kind: 'begin', choice: 7 });
    world.settle();
    const nothing = new Map(KEYS.map((key) => [key, 0]));
    expect(world.outcomes()).toEqual([{ versions: nothing, isWrite: true }]);
  });
});

import { SHARDS, shardOf } from '@lockstep/api';
import type { ShardConfiguration } from '@lockstep/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, NO_CONFIGURATION } from '../src/controller/configurations.ts';
import type { Arrival } from '../src/group/holdings.ts';
import { GroupMachine } from '../src/group/machine.ts';

const GROUPS = [1, 2, 3] as const;

/** So many shards are written, moved by hand, and sent: the fewer, the more happens to each. */
const BUSY = 2;

/** A key of each shard. */
const KEYS = Array.from({ length: SHARDS }, (_, shard) => keyOf(shard));

function keyOf(shard: number): string {
  for (let i = 0; ; i++) if (shardOf(`k${i}`) === shard) return `k${i}`;
}

/** What happens next: a number chooses among all that may. */
type Step =
  | { readonly kind: 'change'; readonly choice: number }
  | { readonly kind: 'learn'; readonly group: number; readonly many: number }
  | { readonly kind: 'send'; readonly choice: number }
  | { readonly kind: 'deliver'; readonly choice: number }
  | { readonly kind: 'write'; readonly shard: number; readonly group: number }
  | { readonly kind: 'restart'; readonly group: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('change' as const), choice: fc.nat() }),
  fc.record({
    kind: fc.constant('learn' as const),
    group: fc.constantFrom(...GROUPS),
    many: fc.integer({ min: 1, max: 3 }),
  }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('send' as const), choice: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver' as const), choice: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      shard: fc.nat({ max: BUSY - 1 }),
      group: fc.constantFrom(...GROUPS),
    }),
  },
  fc.record({ kind: fc.constant('restart' as const), group: fc.constantFrom(...GROUPS) }),
);

/** A message between groups. It is never taken away, so that it may come again at any time. */
type Message =
  | { readonly kind: 'arrival'; readonly from: number; readonly to: number; readonly arrival: Arrival }
  | { readonly kind: 'thanks'; readonly to: number; readonly shard: number; readonly hop: number };

/** Three groups, a controller, and a network that keeps everything and delivers it in any order. */
class World {
  readonly configurations: ShardConfiguration[] = [NO_CONFIGURATION];
  readonly groups = new Map<number, GroupMachine>(GROUPS.map((group) => [group, new GroupMachine(group)]));
  readonly messages: Message[] = [];
  /** How often each shard's key has been written. */
  readonly written = Array.from({ length: SHARDS }, () => 0);
  #writes = 0;

  group(number: number): GroupMachine {
    const machine = this.groups.get(number);
    if (machine === undefined) throw new Error(`no group ${number}`);
    return machine;
  }

  take(next: Step): void {
    switch (next.kind) {
      case 'change':
        return this.#change(next.choice);
      case 'learn':
        return this.learn(next.group, next.many);
      case 'send':
        return this.#send(next.choice);
      case 'deliver':
        return this.#deliver(this.#recent(next.choice));
      case 'write':
        return this.#write(next.group, next.shard);
      case 'restart': {
        const restored = new GroupMachine(next.group);
        restored.restore(structuredClone(this.group(next.group).snapshot()));
        this.groups.set(next.group, restored);
      }
    }
  }

  /** A group learns of the configurations after its own. */
  learn(group: number, many: number): void {
    const machine = this.group(group);
    const from = machine.holdings.configuration.number + 1;
    machine.apply({ kind: 'configure', configurations: this.configurations.slice(from, from + many) });
  }

  /** Everything that has to be done is done, and messages come. */
  settle(): void {
    for (let round = 0; round < 4 * this.configurations.length + 8; round++) {
      for (const group of GROUPS) this.learn(group, 100);
      const seen = this.messages.length;
      for (const [from, machine] of this.groups) {
        for (const leaving of machine.holdings.leaving) this.#sendOne(from, leaving.shard);
      }
      for (let i = seen; i < this.messages.length; i++) this.#deliver(this.messages[i]);
    }
  }

  serving(shard: number): number[] {
    return GROUPS.filter((group) => this.group(group).holdings.served(shard) !== undefined);
  }

  #change(choice: number): void {
    const latest = this.configurations.at(-1) ?? NO_CONFIGURATION;
    const members = Object.keys(latest.groups).map(Number);
    const group = GROUPS[choice % GROUPS.length] ?? 1;
    const isMove = (choice >> 3) % 3 > 0 && members.includes(group);
    const shard = (choice >> 5) % BUSY;
    const change = isMove
      ? ({ op: 'move', shard, group } as const)
      : members.includes(group)
        ? ({ op: 'leave', groups: [group] } as const)
        : ({ op: 'join', groups: { [group]: [`g${group}`] } } as const);
    this.configurations.push(changed(latest, change));
  }

  #send(choice: number): void {
    const leaving = [...this.groups].flatMap(([from, machine]) =>
      machine.holdings.leaving.flatMap(({ shard }) => (shard < BUSY ? [{ from, shard }] : [])),
    );
    const chosen = leaving[choice % Math.max(1, leaving.length)];
    if (chosen !== undefined) this.#sendOne(chosen.from, chosen.shard);
  }

  #sendOne(from: number, shard: number): void {
    const { holdings } = this.group(from);
    const leaving = holdings.leaving.find((one) => one.shard === shard);
    const contents = holdings.contents(shard);
    if (leaving === undefined || contents === undefined) return;
    const { hop, destination } = leaving;
    const arrival = structuredClone({ shard, hop, since: destination.since, contents });
    this.messages.push({ kind: 'arrival', from, to: destination.group, arrival });
  }

  #deliver(message: Message | undefined): void {
    if (message === undefined) return;
    if (message.kind === 'thanks') {
      const { shard, hop } = message;
      this.group(message.to).apply({ kind: 'handed-over', shard, hop });
      return;
    }
    const { from, to, arrival } = message;
    const outcome = this.group(to).apply({ kind: 'install', arrival: structuredClone(arrival) });
    if (outcome.kind !== 'welcome' || outcome.welcome === 'early') return;
    this.messages.push({ kind: 'thanks', to: from, shard: arrival.shard, hop: arrival.hop });
  }

  /** Any message, more often than not one of the last. */
  #recent(choice: number): Message | undefined {
    const among = choice % 3 === 0 ? this.messages : this.messages.slice(-6);
    return among[choice % Math.max(1, among.length)];
  }

  #write(group: number, shard: number): void {
    const outcome = this.group(group).apply({
      kind: 'write',
      clerk: 'c',
      shard,
      sequence: this.#writes++,
      settledBelow: 0,
      write: { op: 'append', key: KEYS[shard] ?? '', value: '.' },
    });
    if (outcome.kind !== 'written') return;
    const times = (this.written[shard] ?? 0) + 1;
    this.written[shard] = times;
    expect(outcome.version).toBe(times);
  }
}

describe('hand-over', () => {
  const steps = fc.array(step, { minLength: 60, maxLength: 200, size: 'max' });

  it('never has two groups serve a shard, nor loses a write, whatever comes late or twice', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = new World();
        for (const next of all) {
          world.take(next);
          const owners = KEYS.map((_, shard) => world.serving(shard).length);
          expect(Math.max(...owners)).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('ends with every shard at its owner, whole, and nowhere else', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = new World();
        for (const next of all) world.take(next);
        world.settle();
        const { shards } = world.configurations.at(-1) ?? NO_CONFIGURATION;
        for (const [shard, owner] of shards.entries()) {
          expect(world.serving(shard)).toEqual(owner === 0 ? [] : [owner]);
          const present = GROUPS.filter((group) => world.group(group).holdings.present(shard) !== undefined);
          expect(present).toHaveLength(owner === 0 ? Math.min(1, present.length) : 1);
          const holder = present[0];
          if (holder === undefined) continue;
          const { store } = world.group(holder).holdings.present(shard) ?? {};
          expect(store?.get(KEYS[shard] ?? '').version).toBe(world.written[shard]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('takes the next configuration while a shard waits for an owner that does not answer', () => {
    const world = new World();
    const [first, second, third] = [0, 1, 2];
    world.take({ kind: 'change', choice: first });
    world.take({ kind: 'change', choice: second });
    world.learn(1, 2);
    const gone = world.group(1).holdings.leaving.map(({ shard }) => shard);
    expect(gone.length).toBe(SHARDS / 2);
    world.take({ kind: 'change', choice: third });
    world.learn(1, 1);
    expect(world.group(1).holdings.leaving.some(({ destination }) => destination.group === 3)).toBe(true);
    const staying = KEYS.filter((_, shard) => world.serving(shard).includes(1));
    expect(staying).toHaveLength(SHARDS / 3);
  });

  it('takes no configuration out of turn, for it would not know which shards there are', () => {
    const world = new World();
    world.take({ kind: 'change', choice: 0 });
    world.take({ kind: 'change', choice: 1 });
    const machine = world.group(2);
    machine.apply({ kind: 'configure', configurations: world.configurations.slice(2) });
    expect(machine.holdings.configuration.number).toBe(0);
    expect(machine.holdings.all).toEqual([]);
    machine.apply({ kind: 'configure', configurations: world.configurations.slice(1) });
    expect(machine.holdings.configuration.number).toBe(2);
    expect(machine.holdings.all).toEqual([]);
  });
});

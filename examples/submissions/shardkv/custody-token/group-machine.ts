import { shardOf, SHARDS } from '@lockstep/api';
import type { GroupId, KvEntry, ShardConfiguration } from '@lockstep/api';

import { Content } from './content.ts';
import type { SavedContent, ShardPromise, Verdict } from './content.ts';
import type { Ticket } from './lanes.ts';
import { operate } from './operations.ts';
import type { Operation, OperationResult } from './operations.ts';
import type { StateMachine } from './replica.ts';
import { begin, conclude, decide, finish, forget, participantsOf, promise } from './transactions.ts';
import type { Task } from './transactions.ts';
import { FIRST_VIEW, nextView } from './view.ts';
import type { View } from './view.ts';

/** What is in the log of a group. */
export type GroupCommand =
  /** Configurations, as the controller has told them. */
  | { readonly kind: 'configure'; readonly configurations: readonly ShardConfiguration[] }
  /** The view of another group that knows more. */
  | { readonly kind: 'adopt'; readonly view: View }
  /** The custody of a shard goes to its owner, and is number `hops` here. */
  | { readonly kind: 'grant'; readonly shard: number; readonly hops: number; readonly to: GroupId }
  | {
      readonly kind: 'install';
      readonly shard: number;
      readonly hops: number;
      readonly content: SavedContent;
    }
  | { readonly kind: 'discard'; readonly shard: number; readonly hops: number }
  | { readonly kind: 'operate'; readonly ticket: Ticket; readonly operation: Operation }
  | { readonly kind: 'begin'; readonly ticket: Ticket; readonly task: Task }
  | { readonly kind: 'forget'; readonly shard: number; readonly ticket: Ticket }
  | { readonly kind: 'promise'; readonly shard: number; readonly promise: ShardPromise }
  | (Attempt & { readonly kind: 'finish'; readonly verdict: Verdict })
  | (Attempt & { readonly kind: 'decide'; readonly verdict: Verdict; readonly entries: readonly KvEntry[] })
  | (Attempt & { readonly kind: 'conclude' });

/** An attempt of a transaction, as far as it concerns a shard. */
interface Attempt {
  readonly shard: number;
  readonly ticket: Ticket;
  readonly attempt: number;
}

export type GroupResult =
  | OperationResult
  | { readonly kind: 'applied' }
  /** The shard is not here, or not in a state in which this may be done. */
  | { readonly kind: 'not-served' };

/**
 * Where a shard is, as far as this group knows. There is one custody of each shard in the world. It goes from group to
 * group, by an entry in the log of the group that gives it and one in the log of the group that takes it, and gets a
 * higher number each time. So a copy of a hand-over can be told from the hand-over that is due, however late it comes.
 */
interface Slot {
  /** The number of the last custody that was here; -1 when there was none. */
  readonly hops: number;
  /** What the shard holds, or held when it was granted to another group. */
  readonly content: Content | undefined;
  /** The group that was granted the custody with the next number. */
  readonly grantedTo: GroupId | undefined;
}

interface Saved {
  readonly view: View;
  readonly slots: readonly {
    readonly hops: number;
    readonly content: SavedContent | undefined;
    readonly grantedTo: GroupId | undefined;
  }[];
}

const EMPTY_SLOT: Slot = { hops: -1, content: undefined, grantedTo: undefined };
const APPLIED: GroupResult = { kind: 'applied' };
const NOT_SERVED: GroupResult = { kind: 'not-served' };

/** The replicated state of a group. */
export class GroupMachine implements StateMachine<GroupCommand, GroupResult> {
  readonly #group: GroupId;
  #view = FIRST_VIEW;
  #slots: Slot[] = new Array<Slot>(SHARDS).fill(EMPTY_SLOT);

  constructor(group: GroupId) {
    this.#group = group;
  }

  get view(): View {
    return this.#view;
  }

  slot(shard: number): Slot {
    return this.#slots[shard] ?? EMPTY_SLOT;
  }

  /** The group that the view assigns a shard to. */
  owner(shard: number): GroupId | undefined {
    return this.#view.owners[shard];
  }

  /** The contents of a shard in this group's custody: what was begun there can be finished. */
  held(shard: number): Content | undefined {
    const { content, grantedTo } = this.slot(shard);
    return grantedTo === undefined ? content : undefined;
  }

  /** The contents of a shard that is in this group's custody and assigned to it: it takes requests. */
  served(shard: number): Content | undefined {
    return this.owner(shard) === this.#group ? this.held(shard) : undefined;
  }

  apply(command: GroupCommand): GroupResult {
    switch (command.kind) {
      case 'configure':
        for (const configuration of command.configurations) {
          if (configuration.number === this.#view.number + 1) this.#look(nextView(this.#view, configuration));
        }
        return APPLIED;
      case 'adopt':
        if (command.view.number > this.#view.number) this.#look(command.view);
        return APPLIED;
      case 'grant':
        return this.#grant(command.shard, command.hops, command.to);
      case 'install':
        return this.#install(command.shard, command.hops, command.content);
      case 'discard':
        return this.#discard(command.shard, command.hops);
      case 'operate': {
        const content = this.served(shardOf(command.operation.key));
        return content === undefined ? NOT_SERVED : operate(content, command.ticket, command.operation);
      }
      default:
        return this.#transact(command);
    }
  }

  save(): Saved {
    const slots = this.#slots.map(({ hops, content, grantedTo }) => ({
      hops,
      content: content?.save(),
      grantedTo,
    }));
    return { view: this.#view, slots };
  }

  restore(data: unknown): void {
    const saved = data as Saved;
    this.#view = saved.view;
    this.#slots = saved.slots.map(({ hops, content, grantedTo }) => ({
      hops,
      content: content === undefined ? undefined : Content.restore(content),
      grantedTo,
    }));
  }

  /** New shards come into being here, if this group is their first; even if it has lost them again since. */
  #look(view: View): void {
    this.#view = view;
    view.first.forEach((group, shard) => {
      if (group !== this.#group || this.slot(shard).hops >= 0) return;
      this.#slots[shard] = { hops: 0, content: new Content(), grantedTo: undefined };
    });
  }

  #grant(shard: number, hops: number, to: GroupId): GroupResult {
    const slot = this.slot(shard);
    if (this.held(shard) === undefined || slot.hops !== hops) return NOT_SERVED;
    if (to === this.#group || this.owner(shard) !== to) return NOT_SERVED;
    this.#slots[shard] = { ...slot, grantedTo: to };
    return APPLIED;
  }

  /** A custody with a higher number replaces whatever is left of an earlier one. */
  #install(shard: number, hops: number, content: SavedContent): GroupResult {
    if (hops <= this.slot(shard).hops) return APPLIED;
    this.#slots[shard] = { hops, content: Content.restore(content), grantedTo: undefined };
    return APPLIED;
  }

  #discard(shard: number, hops: number): GroupResult {
    const slot = this.slot(shard);
    if (slot.hops !== hops || slot.grantedTo === undefined) return NOT_SERVED;
    this.#slots[shard] = { ...slot, content: undefined };
    return APPLIED;
  }

  /** New promises need a shard that is served; what follows from old ones, only its custody. */
  #transact(command: Extract<GroupCommand, { ticket: Ticket } | { promise: ShardPromise }>): GroupResult {
    if (command.kind === 'operate') return NOT_SERVED;
    if (command.kind === 'begin') {
      const home = this.served(participantsOf(command.task)[0] ?? -1);
      if (home === undefined) return NOT_SERVED;
      begin(home, command.ticket, command.task, (shard) => this.served(shard));
      return APPLIED;
    }
    const content = command.kind === 'promise' ? this.served(command.shard) : this.held(command.shard);
    if (content === undefined) return NOT_SERVED;
    switch (command.kind) {
      case 'promise':
        promise(content, command.promise);
        break;
      case 'finish':
        finish(content, command.ticket, command.attempt, command.verdict);
        break;
      case 'decide':
        decide(content, command.ticket, command.attempt, command.verdict, command.entries);
        break;
      case 'conclude':
        conclude(content, command.ticket, command.attempt);
        break;
      case 'forget':
        forget(content, command.ticket);
        break;
    }
    return APPLIED;
  }
}

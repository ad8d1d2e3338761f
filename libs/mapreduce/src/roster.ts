import type { NodeId } from '@lockstep/api';
import type { Assignment, NextReply } from './messages.ts';

/** A worker as the coordinator knows it: one boot of one machine. */
export interface Member {
  readonly node: NodeId;
  readonly incarnation: string;
  heardAt: number;
  /** False once it has been silent for too long; a sign of life makes it true again. */
  isAlive: boolean;
  /** Its latest question, and the answer to that once there is one. */
  turn: number;
  reply: NextReply | undefined;
  /** Answers the latest question, which is being held back because there is nothing to do. */
  answer: ((assignment: Assignment) => void) | undefined;
}

/** The workers that have been heard of. */
export class Roster {
  readonly #members = new Map<NodeId, Member>();
  /** Boots that are over. What is still heard of them was sent before. */
  readonly #gone = new Set<string>();

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  get alive(): number {
    return this.members.filter(({ isAlive }) => isAlive).length;
  }

  /**
   * A worker has spoken. Gives its entry, or nothing for a boot that is over, and the entry that it replaces, if its
   * machine has booted again.
   */
  heard(node: NodeId, incarnation: string, now: number): { member?: Member; replaced?: Member } {
    if (this.#gone.has(incarnation)) return {};
    const known = this.#members.get(node);
    if (known?.incarnation === incarnation) {
      known.heardAt = now;
      known.isAlive = true;
      return { member: known };
    }
    const member: Member = {
      node,
      incarnation,
      heardAt: now,
      isAlive: true,
      turn: 0,
      reply: undefined,
      answer: undefined,
    };
    this.#members.set(node, member);
    if (known === undefined) return { member };
    this.#gone.add(known.incarnation);
    return { member, replaced: known };
  }

  /** Workers that have been silent since before `since`, and were not known for it yet; they are from now on. */
  silentSince(since: number): Member[] {
    const silent = this.members.filter(({ isAlive, heardAt }) => isAlive && heardAt < since);
    for (const member of silent) member.isAlive = false;
    return silent;
  }
}

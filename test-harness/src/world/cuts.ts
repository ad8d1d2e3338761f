import { familyName, SITE } from './chooser.ts';
import type { Chooser } from './chooser.ts';

/** What may be cut out of a test's script: the last number of the site. */
export const CUTS = {
  /** A fault, or the end of one: 1 leaves it out. */
  fault: 0,
  /** A call of a node: 1 makes the node seem down. */
  call: 1,
  /** A node: 1 keeps it from ever booting. */
  node: 2,
  /** A pause: it is so many hundredths shorter. */
  sleep: 3,
} as const;

/** See {@link CUTS}. */
export type Cut = keyof typeof CUTS;

/** The override that cuts all there is of one kind. */
export function cutFamily(cut: Cut): string {
  return familyName(SITE.cut, CUTS[cut]);
}

/** Whether anything is cut out of a run with these overrides. */
export function isCutShort(overrides: Readonly<Record<string, number>> = {}): boolean {
  return Object.keys(overrides).some((site) => site.startsWith('cut:'));
}

/**
 * What is cut out of a script, for shrinking: its faults, calls and nodes, by their numbers, and its pauses. Judges go
 * on watching; the script itself no longer knows what it sees, so whatever it would have to say is no verdict.
 */
export class Cuts {
  readonly #chooser: Chooser;
  #faults = 0;
  #calls = 0;
  #sleeps = 0;

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
  }

  /** Whether the script's next fault is left out. */
  takesFault(): boolean {
    return this.#chooser.choose(SITE.cut, ++this.#faults, 0, CUTS.fault, 2) === 1;
  }

  /** Whether the script's next call is not made. */
  takesCall(): boolean {
    return this.#chooser.choose(SITE.cut, ++this.#calls, 0, CUTS.call, 2) === 1;
  }

  /** Whether a node is not there at all. */
  takesNode(index: number): boolean {
    return this.#chooser.choose(SITE.cut, index, 0, CUTS.node, 2) === 1;
  }

  /** The script's next pause. */
  pauseMs(ms: number): number {
    return (ms * (100 - this.#chooser.choose(SITE.cut, ++this.#sleeps, 0, CUTS.sleep, 100))) / 100;
  }

  /** The methods of a control that are faults, each left out when it is cut. */
  faults<T extends Readonly<Record<string, (...args: never[]) => void>>>(methods: T): T {
    const entries = Object.entries(methods).map(([name, method]) => [
      name,
      (...args: never[]): void => {
        if (!this.takesFault()) method(...args);
      },
    ]);
    return Object.fromEntries(entries) as T;
  }
}

import type { NodeId } from '@lockstep/api';
import type { Violation } from '../suite/verdict.ts';

/*
 * Code under test can call into ours from the very edge of its stack: what we do then ends halfway, wherever the stack
 * happens to run out, and the caller catches the error and goes on with a world that has forgotten something. A judge
 * that was told half of what happened is worth as much as none. So every entrance counts who comes in and who has gone
 * out in good order; when the two differ at the end of an event, the run ends there, with that node at fault.
 *
 * Where the end of the stack is the process's (see the runner's `stack-end.ts`) nobody comes that far; this is for
 * machines that cannot do it.
 */

/** The property that code breaks whose calls go deeper than the stack. */
export const STACK_PROPERTY = 'bounded stack';

/** The engine's message for that. */
export const OVERFLOW = 'Maximum call stack size exceeded';

/** How many came in through the entrances of one world, and how many went out in good order. */
export class Crossings {
  entered = 0;
  left = 0;

  /**
   * What the node has done wrong if a call by it into our code ended halfway since this was asked last.
   *
   * @param node whose event has just come to its end.
   */
  broken(node: NodeId): Violation | undefined {
    if (this.entered === this.left) return undefined;
    this.left = this.entered;
    const message = `${node} called its Host or its service with so little stack left that the call could not end`;
    return { kind: 'crash', property: STACK_PROPERTY, message, node };
  }
}

/** Makes an entrance: a function of at most two parameters that does what `run` does, and keeps count. */
export function crossing<R>(crossings: Crossings, run: () => R): () => R;
export function crossing<A, R>(crossings: Crossings, run: (a: A) => R): (a: A) => R;
export function crossing<A, B, R>(crossings: Crossings, run: (a: A, b: B) => R): (a: A, b: B) => R;
export function crossing<A, B, R>(crossings: Crossings, run: (a: A, b: B) => R): (a: A, b: B) => R {
  return (a, b) => {
    crossings.entered++;
    let result: R;
    try {
      result = run(a, b);
    } catch (error) {
      // Errors that we mean to throw leave nothing half done. Should even this look run out of stack: good, too.
      if (!isOverflow(error)) crossings.left++;
      throw error;
    }
    crossings.left++;
    return result;
  };
}

/** Puts entrances in place of all functions and accessors of an object of ours, and of what it holds. */
export function guardAll(crossings: Crossings, object: object): void {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    const value: unknown = descriptor.value;
    if (typeof value === 'function') {
      const run = value as () => unknown;
      Object.defineProperty(object, name, { ...descriptor, value: crossing(crossings, run) });
    } else if (descriptor.get !== undefined) {
      Object.defineProperty(object, name, {
        ...descriptor,
        get: crossing(crossings, descriptor.get as () => unknown),
      });
    } else if (typeof value === 'object' && value !== null) guardAll(crossings, value);
  }
}

function isOverflow(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return Object.getOwnPropertyDescriptor(error, 'message')?.value === OVERFLOW;
}

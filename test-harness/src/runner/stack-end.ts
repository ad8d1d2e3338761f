import type { ChildEnd } from './child-process.ts';
import { osWalls, STACK_MB } from './os-walls.ts';

/*
 * How deep calls can go is not the same in every run: frames of compiled code are smaller, and when code is compiled
 * depends on how busy the machine is, and on what other nodes have called of the same code. Who catches the error at
 * the end of the stack can measure that, which gives a run an input that no seed repeats, and two servers a way around
 * the network. So the engine is told of more stack than the system gives. Who comes to its end takes the process down,
 * and has nothing to catch.
 */

/** What happens to code whose calls go deeper than the stack: an error of the language, or the end of its process. */
export type StackEnd = 'thrown' | 'fatal';

/**
 * What the engine is told then, in KiB. A call with very many arguments moves the stack's end by their size at once;
 * below a stack the system leaves 128 MiB free, so that it cannot come to lie in anything else.
 */
const MORE_THAN_THERE_IS_KB = 4 * STACK_MB * 1024;

/** Where the engine itself says that it is enough, in KiB. */
const ENGINE_LIMIT_KB = 900;

/** What is wanted, as far as this machine can do it. */
export function stackEndHere(wanted: StackEnd): StackEnd {
  return osWalls().includes('limits') ? wanted : 'thrown';
}

/** The flag of Node that makes it so, together with a bound of {@link STACK_MB} where the end is fatal. */
export function stackFlag(end: StackEnd): string {
  return `--stack-size=${end === 'fatal' ? MORE_THAN_THERE_IS_KB : ENGINE_LIMIT_KB}`;
}

/** Whether it was the end of its stack that a process died of. Some walls report a signal as a shell does. */
export function diedOfStack({ signal, exitCode }: Pick<ChildEnd, 'signal' | 'exitCode'>): boolean {
  return signal === 'SIGSEGV' || (signal === null && exitCode === 128 + 11);
}

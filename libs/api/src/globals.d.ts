/**
 * The globals of a submission, beside the language's own: exactly these. All of them are the node's
 * own virtual ones: `Date`, `performance` and the timers follow the node's clock, `Math.random` and
 * `crypto.randomUUID` its seeded randomness, and `console` writes into the run's timeline.
 *
 * Of the language's own, those are missing that make code of text, or show what no seed repeats or other nodes have
 * done: `eval` and `Function`, `WeakRef` and `FinalizationRegistry`, `SharedArrayBuffer` and `Atomics`, `WebAssembly`,
 * `Intl`, `Float32Array` and `Float64Array` (the bits of NaN). Code that calls deeper than the stack, or takes more
 * memory than there is, ends its run; there is nothing to catch.
 */
declare interface Console {
  log(...data: unknown[]): void;
  info(...data: unknown[]): void;
  warn(...data: unknown[]): void;
  error(...data: unknown[]): void;
  debug(...data: unknown[]): void;
}
declare const console: Console;

/** Runs `handler` once after `timeoutMs` milliseconds of the node's clock. */
declare function setTimeout<A extends unknown[]>(
  handler: (...args: A) => void,
  timeoutMs?: number,
  ...args: A
): number;
declare function clearTimeout(id: number | undefined): void;
/** Runs `handler` every `timeoutMs` milliseconds (at least 1) of the node's clock. */
declare function setInterval<A extends unknown[]>(
  handler: (...args: A) => void,
  timeoutMs?: number,
  ...args: A
): number;
declare function clearInterval(id: number | undefined): void;
declare function queueMicrotask(callback: () => void): void;
/** A deep copy of plain data, as the network makes it; throws on anything else. */
declare function structuredClone<T>(value: T): T;

declare const performance: { now(): number };
declare const crypto: { randomUUID(): string };

declare interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  throwIfAborted(): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare class TextEncoder {
  encode(text?: string): Uint8Array;
}
declare class TextDecoder {
  decode(bytes?: Uint8Array): string;
}

/**
 * The instant at which every node's `Date` begins: 2026-01-01T00:00:00Z. Virtual time is added to it, so
 * that dates in a timeline look like dates, and are the same in every run.
 */
export const EPOCH_MS = 1_767_225_600_000;

interface DateLike {
  readonly prototype: object;
  readonly parse: unknown;
  readonly UTC: unknown;
}

/**
 * A `Date` constructor that follows a node's clock.
 *
 * @param shared the constructor that all compartments share, which knows no time of its own.
 * @param nowMs the node's own clock.
 */
export function makeDate(shared: DateLike, nowMs: () => number): unknown {
  const now = ((): number => Math.floor(EPOCH_MS + nowMs())).bind(undefined);
  Object.defineProperty(now, 'name', { value: 'now' });
  const target = shared as unknown as new (...args: unknown[]) => Date;
  function VirtualDate(...args: unknown[]): unknown {
    if (new.target === undefined) return new target(now()).toString();
    const made = args.length === 0 ? [now()] : args;
    return Reflect.construct(target, made, new.target as unknown as new () => unknown);
  }
  Object.defineProperty(VirtualDate, 'prototype', { value: shared.prototype, writable: false });
  Object.freeze(VirtualDate);
  // Bound, so that its text is nobody's business; `instanceof` and subclasses see through the binding.
  const bound: object = VirtualDate.bind(undefined);
  Object.defineProperties(bound, {
    name: { value: 'Date' },
    length: { value: 7 },
    prototype: { value: shared.prototype },
    now: { value: Object.freeze(now) },
    parse: { value: shared.parse },
    UTC: { value: shared.UTC },
  });
  return Object.freeze(bound);
}

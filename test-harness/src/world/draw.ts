import type { Draw } from '../suite/types.ts';
import type { Chooser, SiteKind } from './chooser.ts';

/** Draws numbered one after the other, from one kind of site. */
export function makeDraw(chooser: Chooser, kind: SiteKind, place: number): Draw {
  let draws = 0;
  const below = (n: number): number => chooser.choose(kind, place, ++draws, 0, n);
  const draw: Draw = {
    integer: (lo, hi) => {
      if (!Number.isSafeInteger(lo) || !Number.isSafeInteger(hi) || hi < lo)
        throw new RangeError(`no integer between ${lo} and ${hi}`);
      return lo + below(hi - lo + 1);
    },
    uniform: () => below(0x1_0000_0000) / 0x1_0000_0000,
    chance: (p) => p > 0 && below(1_000_000) >= 1_000_000 - p * 1_000_000,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[below(items.length)] as (typeof items)[number];
    },
    sample: (items, count) => {
      if (count > items.length) throw new RangeError(`can't sample ${count} of ${items.length} items`);
      const rest = [...items];
      return Array.from(
        { length: count },
        () => rest.splice(below(rest.length), 1)[0] as (typeof items)[number],
      );
    },
  };
  return Object.freeze(draw);
}

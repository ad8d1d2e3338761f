import { Budget } from '../limit.ts';
import type { Decision, Model, Operation } from '../model.ts';
import type { StoreInput, StoreOutput } from '../models/store.ts';
import type { Versioned } from '../models/versioned.ts';
import { search } from '../search/search.ts';

type StoreOperation = Operation<StoreInput, StoreOutput>;
type StoreModel = Model<Versioned, StoreInput, StoreOutput>;

/**
 * Decides a store's history by the general search, which it spares nearly all of its choices: responses name versions,
 * so it is known beforehand which operation made a version, or what was read at it. An operation of unknown outcome
 * cannot have made a version that another one says that it made, or that held something else.
 *
 * Nothing is lost by that: a history in which such an operation came there would contradict the response that is known.
 */
export function decideStore(
  store: StoreModel,
  operations: readonly StoreOperation[],
  steps = Infinity,
): Decision | undefined {
  const { made, held } = versionsOf(operations);
  // Whoever made one version of two that are the same is not asked: no order has both.
  if (made === undefined) return { linearizable: false, suspects: [] };
  const refined: StoreModel = {
    ...store,
    step(state, input, output) {
      const next = store.step(state, input, output);
      if (next === undefined || next === state) return next;
      if (output === undefined && made.has(next.version)) return undefined;
      const value = held.get(next.version);
      return value === undefined || value === next.value ? next : undefined;
    },
    // Where the value of a version is known, the version alone is the state.
    key: ({ value, version }) => (held.has(version) ? `${version}` : `${version}:${value}`),
  };
  const result = search(refined, operations, new Budget({ steps }));
  if (result.kind === 'unknown') return undefined;
  return result.kind === 'violated' ? { linearizable: false, suspects: [] } : { linearizable: true };
}

/** Versions that an operation says that it made (none if two say so of one), and what others say that versions held. */
function versionsOf(operations: readonly StoreOperation[]): {
  made: ReadonlySet<number> | undefined;
  held: ReadonlyMap<number, string>;
} {
  const made = new Set<number>();
  const held = new Map<number, string>();
  let isContradiction = false;
  for (const { ret, output } of operations) {
    if (ret === undefined || output === undefined || output === false) continue;
    if (typeof output === 'number') {
      isContradiction ||= made.has(output);
      made.add(output);
    } else {
      held.set(output.version, output.value);
    }
  }
  return { made: isContradiction ? undefined : made, held };
}

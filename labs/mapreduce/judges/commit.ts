import type { Judge } from '@lockstep/test-harness/suite';
import type { FileChanged, Seen } from '../src/seen.ts';

/**
 * Each output is committed once: the file gets its name by one atomic rename, and nobody touches it afterwards (paper
 * §3.3, which relies on the atomic rename of the file system). A reader that finds the file may read it at once.
 */
export function commit(): Judge<Seen> {
  const committed = new Map<string, FileChanged>();
  return {
    property: 'atomic commit',
    observe(seen) {
      if (seen.kind === 'job-posted') committed.clear();
      if (seen.kind !== 'file-changed') return undefined;
      const { path, how, by } = seen;
      const first = committed.get(path);
      if (first !== undefined) {
        const what = how === 'append' ? 'writes into it' : how === 'remove' ? 'removes it' : 'replaces it';
        return violation(by, `${path} was committed by ${first.by}, and now ${by} ${what}`);
      }
      if (how === 'append') {
        return violation(by, `${by} writes into ${path} itself: whoever reads it sees half of an output`);
      }
      if (how === 'rename') committed.set(path, seen);
      return undefined;
    },
  };
}

function violation(node: string, message: string) {
  return { kind: 'safety', property: 'atomic commit', message, node } as const;
}

import type { Judge, Violation } from '@lockstep/test-harness/suite';
import type { Seen } from '../src/seen.ts';

/** Map sees whole records, as they are in the input: none cut at the end of a split or of a block. */
export function validity(): Judge<Seen> {
  let records = new Map<string, ReadonlySet<string>>();
  return {
    property: 'whole records',
    observe(seen, { node = '' }) {
      if (seen.kind === 'job-posted') {
        records = new Map(Object.entries(seen.records).map(([path, lines]) => [path, new Set(lines)]));
      }
      if (seen.kind !== 'mapping') return undefined;
      const lines = records.get(seen.path);
      if (lines === undefined)
        return violation(node, `map is called for ${seen.path}, which is no input of the job`);
      if (lines.has(seen.line)) return undefined;
      return violation(
        node,
        `map is called with "${seen.line.slice(0, 60)}", which is no line of ${seen.path}`,
      );
    },
  };
}

function violation(node: string, message: string): Violation {
  return { kind: 'safety', property: 'whole records', message, node };
}

import type { Judge } from '@lockstep/test-harness/suite';
import type { JobPosted, Seen } from '../src/seen.ts';

/**
 * A job that has succeeded has counted each task once, however often it was executed (paper §4.8). The counters of a
 * coordinator that has restarted lack what was committed before, so only its first boot is held to it.
 */
export function counters(): Judge<Seen> {
  let job: JobPosted | undefined;
  return {
    property: 'counters',
    observe(seen, { node = '', boot }) {
      if (seen.kind === 'job-posted') job = seen;
      if (seen.kind !== 'progressed' || seen.progress.state !== 'succeeded') return undefined;
      if (job === undefined || boot > 1) return undefined;
      const actual = seen.progress.counters;
      for (const name of new Set([...Object.keys(job.counters), ...Object.keys(actual)])) {
        const expected = job.counters[name] ?? 0;
        if ((actual[name] ?? 0) === expected) continue;
        const message = `the job has counted ${actual[name] ?? 0} ${name}; a sequential run counts ${expected}`;
        return { kind: 'safety', property: 'counters', message, node };
      }
      return undefined;
    },
  };
}

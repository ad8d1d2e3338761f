import type { JobProgress } from '@lockstep/api';
import type { Judge, Violation } from '@lockstep/test-harness/suite';
import type { JobPosted, Seen } from '../src/seen.ts';

/**
 * What the contract says about the shape of answers and about the coordinator's own words: counts fit together, a job
 * that is over stays as it is, and what is called done has been begun.
 */
export function contract(): Judge<Seen> {
  let job: JobPosted | undefined;
  let last: JobProgress | undefined;
  let boot = 0;

  return {
    property: 'contract',
    observe(seen, moment) {
      const { node = '' } = moment;
      if (seen.kind === 'misused') return violation(node, `${node}: ${seen.what}`);
      if (seen.kind === 'job-posted') {
        job = seen;
        last = undefined;
      }
      if (seen.kind !== 'progressed') return undefined;
      if (moment.boot !== boot) last = undefined;
      boot = moment.boot;
      const wrong = wrongWith(seen.progress, last, job);
      last = seen.progress;
      return wrong === undefined
        ? undefined
        : violation(node, `the coordinator's progress() is wrong: ${wrong}`);
    },
  };
}

function wrongWith(
  progress: JobProgress,
  last: JobProgress | undefined,
  job: JobPosted | undefined,
): string | undefined {
  const { state, map, reduce, inputBytes } = progress;
  for (const [name, phase] of Object.entries({ map, reduce })) {
    if (phase.done > phase.total) return `${phase.done} of ${phase.total} ${name} tasks are done`;
    if (phase.backups > phase.attempts) return `more ${name} backups than attempts`;
  }
  if (inputBytes.done > inputBytes.total) return 'more input is done than there is';
  if (last !== undefined && last.state !== 'running' && state !== last.state) {
    return `a job that has ${last.state} is ${state}`;
  }
  if (state !== 'succeeded' || job === undefined) return undefined;
  if (reduce.total !== job.reduceTasks || reduce.done !== reduce.total) {
    return `the job has succeeded with ${reduce.done} of ${reduce.total} reduce tasks; it has ${job.reduceTasks}`;
  }
  return map.total === job.mapTasks
    ? undefined
    : `it has ${map.total} map tasks, but the inputs have ${job.mapTasks} splits`;
}

function violation(node: string, message: string): Violation {
  return { kind: 'safety', property: 'contract', message, node };
}

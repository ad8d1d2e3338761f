import { outputPath } from '@lockstep/api';
import type { Judge, Violation } from '@lockstep/test-harness/suite';
import type { JobPosted, Seen } from '../src/seen.ts';

/**
 * Nobody says too early that the job is over: the coordinator not before all outputs are committed, and a worker not
 * before the coordinator does (the course's early-exit test).
 */
export function completion(): Judge<Seen> {
  let job: JobPosted | undefined;
  let isOver = false;
  const committed = new Set<string>();

  function missing(): string | undefined {
    if (job === undefined) return undefined;
    for (let task = 0; task < job.reduceTasks; task++) {
      const path = outputPath(job.output, task);
      if (!committed.has(path)) return path;
    }
    return undefined;
  }

  return {
    property: 'completion',
    observe(seen, { node = '' }) {
      if (seen.kind === 'job-posted') {
        job = seen;
        isOver = false;
        committed.clear();
      }
      if (seen.kind === 'file-changed' && seen.how === 'rename') committed.add(seen.path);
      if (seen.kind === 'worker-finished' && !isOver) {
        return violation(node, `${node} is finished, but the job is not over yet`);
      }
      if (seen.kind !== 'progressed' || seen.progress.state === 'running') return undefined;
      isOver = true;
      const path = seen.progress.state === 'succeeded' ? missing() : undefined;
      return path === undefined ? undefined : violation(node, `the job has succeeded without ${path}`);
    },
  };
}

function violation(node: string, message: string): Violation {
  return { kind: 'safety', property: 'completion', message, node };
}

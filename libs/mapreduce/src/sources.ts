import type { NodeId } from '@lockstep/api';
import type { RunIndex, Source } from './messages.ts';

/** The output of one finished map task: which attempt made it, where it is, and where its partitions are in it. */
export interface MapOutput {
  readonly task: number;
  readonly attempt: string;
  readonly node: NodeId;
  readonly file: string;
  readonly runs: readonly RunIndex[];
}

/**
 * Where reduce task `task` finds its partition of each map task's output; tasks that have nothing for it are left out.
 */
export function sourcesOf(task: number, outputs: readonly MapOutput[]): Source[] {
  const sources: Source[] = [];
  for (const { task: map, attempt, node, file, runs } of outputs) {
    const ranges = runs.flatMap((index) => {
      const [offset = 0, end = 0] = index.slice(task, task + 2);
      return end > offset ? [{ offset, length: end - offset }] : [];
    });
    if (ranges.length > 0) sources.push({ map, attempt, node, file, ranges });
  }
  return sources;
}

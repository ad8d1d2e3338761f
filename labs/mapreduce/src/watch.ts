import type { NodeId } from '@lockstep/api';
import type { Judge } from '@lockstep/test-harness/suite';
import type { Seen } from './seen.ts';

/**
 * Keeps book of what happens in a run, for the script: who is calling the application, how often records were mapped,
 * which outputs are there. Judges nothing.
 */
export class Watch implements Judge<Seen> {
  readonly property = 'bookkeeping';
  /** Calls of map for each record, and of reduce for each key. */
  readonly mapped = new Map<string, number>();
  readonly reduced = new Map<string, number>();
  /** Machines that are inside of a map or reduce call, as far as is known. */
  readonly mapping = new Set<NodeId>();
  readonly reducing = new Set<NodeId>();
  /** The most machines that were at the same time. */
  mostMapping = 0;
  mostReducing = 0;
  readonly committed = new Set<string>();
  /** Machines that have mapped a record. */
  readonly mappers = new Set<NodeId>();

  observe(seen: Seen, { node = '' }: { readonly node: NodeId | undefined }): undefined {
    switch (seen.kind) {
      case 'job-posted':
        return this.#reset();
      case 'mapping':
        this.mapped.set(`${seen.path} ${seen.line}`, (this.mapped.get(`${seen.path} ${seen.line}`) ?? 0) + 1);
        this.mapping.add(node);
        this.mappers.add(node);
        this.mostMapping = Math.max(this.mostMapping, this.mapping.size);
        return undefined;
      case 'mapped':
        this.mapping.delete(node);
        return undefined;
      case 'reducing':
        this.reduced.set(seen.key, (this.reduced.get(seen.key) ?? 0) + 1);
        this.reducing.add(node);
        this.mostReducing = Math.max(this.mostReducing, this.reducing.size);
        return undefined;
      case 'reduced':
        this.reducing.delete(node);
        return undefined;
      case 'file-changed':
        if (seen.how === 'rename') this.committed.add(seen.path);
        return undefined;
      default:
        return undefined;
    }
  }

  /** Calls of map in all. */
  get mapCalls(): number {
    return [...this.mapped.values()].reduce((sum, calls) => sum + calls, 0);
  }

  get reduceCalls(): number {
    return [...this.reduced.values()].reduce((sum, calls) => sum + calls, 0);
  }

  #reset(): undefined {
    this.mapped.clear();
    this.reduced.clear();
    this.mapping.clear();
    this.mappers.clear();
    this.reducing.clear();
    this.mostMapping = this.mostReducing = 0;
    this.committed.clear();
  }
}

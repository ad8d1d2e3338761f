import type { Part } from './messages.ts';

/** The keys of one shard that prepared transactions hold: many may read a key, or one writes it. */
export class Locks {
  readonly #readers = new Map<string, number>();
  readonly #writers = new Set<string>();

  /** Whether a part would have to wait for somebody. */
  conflictWith({ reads, writes }: Pick<Part, 'reads' | 'writes'>): boolean {
    if (this.#readers.size === 0 && this.#writers.size === 0) return false;
    return (
      reads.some((key) => this.#writers.has(key)) ||
      writes.some(({ key }) => this.#writers.has(key) || this.#readers.has(key))
    );
  }

  isReadable(key: string): boolean {
    return !this.#writers.has(key);
  }

  isWritable(key: string): boolean {
    return !this.#writers.has(key) && !this.#readers.has(key);
  }

  acquire({ reads, writes }: Part): void {
    for (const key of reads) this.#readers.set(key, (this.#readers.get(key) ?? 0) + 1);
    for (const { key } of writes) this.#writers.add(key);
  }

  release({ reads, writes }: Part): void {
    for (const key of reads) {
      const others = (this.#readers.get(key) ?? 0) - 1;
      if (others > 0) this.#readers.set(key, others);
      else this.#readers.delete(key);
    }
    for (const { key } of writes) this.#writers.delete(key);
  }
}

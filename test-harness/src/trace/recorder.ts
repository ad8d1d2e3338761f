import type { NodeId } from '@lockstep/api';
import { cut } from './bounded.ts';
import type { TraceEvent, TraceKind } from './event.ts';

/** How many events a recording keeps: the last ones. A run that fails late is read from its end. */
const CAPACITY = 200_000;

/** Collects a run's trace. */
export class Recorder {
  #events: TraceEvent[] = [];
  #sequence = 0;

  /** Adds an event and returns its sequence number, by which later ones name their parent. */
  add(event: {
    atUs: number;
    kind: TraceKind;
    node?: NodeId | undefined;
    parent: number;
    message?: string | undefined;
    text: string;
  }): number {
    const sequence = ++this.#sequence;
    this.#events.push({
      sequence,
      atUs: event.atUs,
      kind: event.kind,
      ...(event.node === undefined ? {} : { node: event.node }),
      ...(event.parent === 0 ? {} : { parent: event.parent }),
      ...(event.message === undefined ? {} : { message: event.message }),
      text: cut(event.text),
    });
    if (this.#events.length > 2 * CAPACITY) this.#events = this.#events.slice(-CAPACITY);
    return sequence;
  }

  /** The last events, oldest first. */
  get events(): readonly TraceEvent[] {
    return this.#events.slice(-CAPACITY);
  }
}

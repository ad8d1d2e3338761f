import type { NodeId } from '@lockstep/api';

/** Where a debugger should stop by itself. */
export interface StopAt {
  /** At an event of this node; any node's when absent. */
  readonly node?: NodeId;
  /** At the first such event from this virtual time on. */
  readonly fromMs?: number;
}

/**
 * Stops once for the person at the debugger: by default as soon as the code has been evaluated for the first time,
 * since only then can the breakpoints that were set in its files take hold.
 */
export class DebuggerStop {
  readonly #at: StopAt;
  readonly #isTimed: boolean;
  #isDone = false;

  constructor(at: StopAt) {
    this.#at = at;
    this.#isTimed = at.node !== undefined || at.fromMs !== undefined;
  }

  /** Waits until a debugger is there. */
  async ready(): Promise<void> {
    const inspector = await import('node:inspector');
    inspector.waitForDebugger();
  }

  codeLoaded(): void {
    if (!this.#isTimed) this.#stop();
  }

  nodeEvent(node: NodeId, atMs: number): void {
    if (!this.#isTimed || (this.#at.node !== undefined && this.#at.node !== node)) return;
    if (atMs >= (this.#at.fromMs ?? 0)) this.#stop();
  }

  #stop(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    // Your code is loaded, and breakpoints in it hold from here: set them, and continue.
    // oxlint-disable-next-line no-debugger -- this is what it is for
    debugger;
  }
}

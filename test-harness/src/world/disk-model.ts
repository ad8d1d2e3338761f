/** Decides how a node's disk behaves. Pure; every draw goes through `draw`. In every domain 0 is the most benign. */
export interface DiskModel {
  /** For people and artefacts, with its numbers. */
  readonly name: string;
  /** What a crash leaves of unconfirmed batches: a prefix of them, or any subset. Never a part of a batch. */
  readonly order: 'ordered' | 'reordered';
  /** Time from the submission of a write (or its predecessor's end) to its confirmation, in µs. */
  writeLatencyUs(bytes: number, draw: DiskDraw): number;
  /** Time of a read, in µs. */
  readLatencyUs(draw: DiskDraw): number;
  /** Whether this write is rejected; then its fate is unknown. */
  writeFails(draw: DiskDraw): boolean;
  /** Whether an unconfirmed batch survives a crash. */
  survives(draw: DiskDraw): boolean;
}

/** Draws for one disk operation, keyed by node, boot and the operation's number. */
export interface DiskDraw {
  below(purpose: 'latency' | 'failure' | 'fate' | 'rejected-fate', n: number): number;
  chance(purpose: 'latency' | 'failure' | 'fate' | 'rejected-fate', p: number): boolean;
}

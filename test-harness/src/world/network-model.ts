/**
 * Decides what happens to messages. A model is pure: every draw goes through `draw`, and its state (if
 * any) changes only through its constructor. Models compose: each refines the fate that the one
 * before it left.
 */
export interface NetworkModel {
  /** For people and artefacts, with its numbers: `labrpc(unreliable, longDelays)`. */
  readonly name: string;
  /** Settles the fate of one request. */
  request(fate: MessageFate, draw: MessageDraw): void;
  /** Settles the fate of one reply. */
  reply(fate: MessageFate, draw: MessageDraw): void;
  /**
   * After how many µs a call to a node that is down or cut off fails by itself, or `undefined` when it
   * only ends by its time-out.
   */
  unreachable(draw: MessageDraw): number | undefined;
}

/** What happens to one message. Starts as: delivered once, after 50-150 µs. */
export interface MessageFate {
  /** Time on the wire, in µs; at least 50. */
  delayUs: number;
  lost: boolean;
  /** A lost message's caller learns of the failure after so many µs; `undefined`: only by its time-out. */
  failAfterUs: number | undefined;
  /** Delays in µs of further copies of the same message. */
  readonly copies: number[];
}

/** Draws for one message, keyed by the link and the message's number on it. In every domain 0 is the most benign. */
export interface MessageDraw {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  /** An integer in [0, n), for a purpose of this name; the same name twice for one message gives the same number. */
  below(purpose: DrawPurpose, n: number): number;
  /** True with probability `p`; false is the benign outcome. */
  chance(purpose: DrawPurpose, p: number): boolean;
}

/** What a draw about a message is for: part of the choice's site. */
export type DrawPurpose =
  | 'latency'
  | 'jitter'
  | 'loss'
  | 'duplicate'
  | 'copy-latency'
  | 'reorder'
  | 'reorder-range'
  | 'dead-call'
  | 'deviation'
  | 'spare';

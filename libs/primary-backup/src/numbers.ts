/** A primary is heard of so often, in ms, however quiet its guest is. */
export const HEARTBEAT_MS = 20;

/** A replica that has not been heard of for so long, in ms, may have failed. */
export const SUSPECT_MS = 200;

/** How long entries may go unacknowledged before they are sent again, and a call unanswered, in ms. */
export const RESEND_MS = 40;

/** How long to wait before a device that could not be reached is asked again, in ms. */
export const RETRY_MS = 20;

/** How long a primary without a backup waits before it asks the other servers again, in ms. */
export const RECRUIT_MS = 50;

/** Entries that may be under way without an acknowledgement: then the primary stops (§3.2). */
export const MAX_UNACKNOWLEDGED = 1_000;

/** Entries that may gather while a machine is being copied: then the copy is given up. */
export const MAX_GATHERED = 20_000;

/** Entries of one message, at the most. */
export const MAX_BATCH = 64;

/** How long a piece of a copied machine may go unanswered before it is sent again, in ms. */
export const PIECE_RESEND_MS = 250;

/** After so long without an answer a copy is given up, in ms. */
export const PIECE_PATIENCE_MS = 600;

/** Bytes of a copied machine in one message, at the most. */
export const CHUNK_BYTES = 16_384;

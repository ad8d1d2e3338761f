import type { Client, Host, NodeId } from '@lockstep/api';
import type { CopiedState, ReplicaRpc, Stream } from './messages.ts';
import { CHUNK_BYTES, PIECE_PATIENCE_MS, PIECE_RESEND_MS, RECRUIT_MS, RESEND_MS } from './numbers.ts';

/** A primary's machine at one moment. */
export interface Copyable {
  readonly snapshot: Uint8Array;
  readonly rest: CopiedState;
  /** What happens to the machine from that moment on goes into this log. */
  readonly stream: Stream;
}

/** What a recruiter asks of its primary. */
export interface RecruiterEvents {
  /** The machine as it is when it next stands still, for a new log to this server. */
  copyFor(peer: NodeId): Promise<Copyable>;
  /** The server has the machine. */
  copied(): void;
  /** The copy has failed, and its log ends. */
  abandoned(): void;
}

/**
 * Finds a new backup for a primary that has none: copies the machine to a server that holds no other, piece by piece,
 * while the guest goes on (§3.1). What happens to the machine meanwhile waits in the log.
 */
export class Recruiter {
  readonly #host: Host;
  readonly #peers: readonly NodeId[];
  readonly #events: RecruiterEvents;
  #isClosed = false;

  constructor(host: Host, peers: readonly NodeId[], events: RecruiterEvents) {
    this.#host = host;
    this.#peers = peers;
    this.#events = events;
    void this.#recruit();
  }

  /** Ends the search, or the copy. */
  close(): void {
    this.#isClosed = true;
  }

  async #recruit(): Promise<void> {
    while (!this.#isClosed) {
      for (const peer of this.#peers) {
        if (!this.#isClosed && (await this.#copyTo(peer))) return;
      }
      await this.#host.clock.sleep(RECRUIT_MS);
    }
  }

  /** Whether the server has the machine now. */
  async #copyTo(peer: NodeId): Promise<boolean> {
    const server = this.#host.peer<ReplicaRpc>(peer);
    const isFree = await server.isFree(undefined, { timeoutMs: RESEND_MS }).catch(() => false);
    if (!isFree || this.#isClosed) return false;
    const machine = await this.#events.copyFor(peer);
    const isCopied = await this.#sendAll(server, machine);
    if (this.#isClosed) return true;
    if (isCopied) this.#events.copied();
    else this.#events.abandoned();
    return isCopied;
  }

  async #sendAll(server: Client<ReplicaRpc>, { snapshot, rest, stream }: Copyable): Promise<boolean> {
    for (let at = 0; at < snapshot.length; at += CHUNK_BYTES) {
      const bytes = snapshot.slice(at, at + CHUNK_BYTES);
      const isLast = at + CHUNK_BYTES >= snapshot.length;
      const piece = { ...stream, at, bytes, ...(isLast ? { rest } : {}) };
      if (!(await this.#sendPiece(server, piece))) return false;
    }
    return true;
  }

  async #sendPiece(server: Client<ReplicaRpc>, piece: Parameters<ReplicaRpc['copy']>[0]): Promise<boolean> {
    const deadline = this.#host.clock.now() + PIECE_PATIENCE_MS;
    while (!this.#isClosed && this.#host.clock.now() < deadline) {
      try {
        return await server.copy(piece, { timeoutMs: PIECE_RESEND_MS });
      } catch {
        // Lost, or late: the same piece again.
      }
    }
    return false;
  }
}

import type { NodeId } from '@lockstep/api';
import type { Life } from '../life.ts';
import { Acceptor } from './acceptor.ts';
import type { PeerAddress } from './address.ts';
import { PeerLink } from './peer-link.ts';
import type { LinkParts } from './peer-link.ts';
import type { Services } from './services.ts';

/** What a node says and hears: one link to each peer and to itself, and the side that listens. */
export class Network {
  readonly #parts: LinkParts;
  readonly #acceptor: Acceptor;
  readonly #links = new Map<NodeId, PeerLink>();

  constructor(
    parts: LinkParts,
    peers: Readonly<Record<NodeId, PeerAddress>>,
    services: Services,
    life: Life,
  ) {
    this.#parts = parts;
    for (const [id, address] of Object.entries(peers)) {
      if (id !== parts.self) this.#links.set(id, new PeerLink(id, address, parts));
    }
    this.#acceptor = new Acceptor(parts, {
      callers: new Set([parts.self, ...this.#links.keys()]),
      handle: (from, request, answer) => {
        if (!life.isAlive) return;
        services.handle(from, request, (outcome) => {
          if (life.isAlive) answer(outcome);
        });
      },
      greeted: (id) => this.#links.get(id)?.noteAlive(),
    });
  }

  async listen(address: PeerAddress): Promise<PeerAddress> {
    const bound = await this.#acceptor.listen(address);
    // A call to oneself goes over the network like any other.
    this.#links.set(this.#parts.self, new PeerLink(this.#parts.self, reachable(bound), this.#parts));
    return bound;
  }

  link(id: NodeId): PeerLink | undefined {
    return this.#links.get(id);
  }

  async close(): Promise<void> {
    for (const link of this.#links.values()) link.close();
    await this.#acceptor.close();
  }
}

/** "All addresses of this machine" is where one listens, not where one calls. */
function reachable(address: PeerAddress): PeerAddress {
  if ('path' in address) return address;
  const { host, port } = address;
  if (host === '0.0.0.0') return { host: '127.0.0.1', port };
  return { host: host === '::' ? '::1' : host, port };
}

import type { ReplicaDevices } from '@lockstep/api';
import { makeBell } from './bell.ts';

export interface Card {
  use(take: (packet: Uint8Array) => void): void;
  release(): void;
  freed(): void;
}

export function makeCard({ network }: ReplicaDevices, room: number): Card {
  let take: ((packet: Uint8Array) => void) | undefined;
  let out = 0;
  let isPumping = false;
  const bell = makeBell();
  async function pump(): Promise<void> {
    isPumping = true;
    for (;;) {
      while (take === undefined || out >= room) await bell.heard();
      const packet = await network.receive();
      out++;
      if (take === undefined) out--;
      else take(packet);
    }
  }
  return {
    use(next) {
      take = next;
      out = 0;
      bell.ring();
      if (!isPumping) void pump();
    },
    release: () => (take = undefined),
    freed() {
      out--;
      bell.ring();
    },
  };
}

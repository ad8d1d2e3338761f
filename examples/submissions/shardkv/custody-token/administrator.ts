import type { Host, NodeId, ShardAdministrator, ShardConfiguration } from '@lockstep/api';

import type { Busy, ControllerRpc } from './controller.ts';
import type { Change, ControllerResult } from './controller-machine.ts';
import { Courier } from './courier.ts';
import type { Send } from './courier.ts';
import { Lanes } from './lanes.ts';

const CALL_TIMEOUT_MS = 700;
const RETRY_MS = 50;

/** Makes an administrator's clerk: it asks until it is answered. */
export function administrator(host: Host, controllers: readonly NodeId[]): ShardAdministrator {
  const courier = new Courier<ControllerRpc>(host);
  const lanes = new Lanes(host);

  async function ask(send: Send<ControllerRpc, ControllerResult | Busy>): Promise<ControllerResult> {
    for (;;) {
      const reply = await courier.reach('controller', controllers, CALL_TIMEOUT_MS, send);
      if (reply !== undefined && reply.kind !== 'busy') return reply;
      await host.clock.sleep(RETRY_MS * (1 + host.random.uniform()));
    }
  }

  function change(wanted: Change): Promise<number> {
    return lanes.use(async (ticket) => {
      const result = await ask((peer, options) => peer.change({ ticket, change: wanted }, options));
      if (result.kind !== 'changed') throw new Error('the controller answered another question');
      return result.number;
    });
  }

  async function query(number?: number): Promise<ShardConfiguration> {
    const result = await ask((peer, options) => peer.query({ number }, options));
    if (result.kind !== 'configuration') throw new Error('the controller answered another question');
    return result.configuration;
  }

  return {
    join: (groups) => change({ kind: 'join', groups }),
    leave: (groups) => change({ kind: 'leave', groups }),
    move: (shard, group) => change({ kind: 'move', shard, group }),
    query,
  };
}

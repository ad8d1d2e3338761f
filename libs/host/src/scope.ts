import type { Client, Clock, Host, NodeId, Random } from '@lockstep/api';
import { makeDisk } from './disk/scope-disk.ts';
import type { Storage } from './disk/storage.ts';
import type { LogLines } from './log-lines.ts';
import type { CallParts } from './rpc/calls.ts';
import { makeClient } from './rpc/client.ts';
import type { Services } from './rpc/services.ts';

/** What the Hosts of all scopes of a node share. */
export interface NodeParts extends CallParts {
  readonly id: NodeId;
  readonly random: Random;
  readonly log: LogLines;
  readonly services: Services;
  readonly storage: Storage;
}

const SCOPE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The Host of one scope of a node. It is frozen: layers that share a node can't change it for each other. */
export function makeScope(node: NodeParts, scope: string): Host {
  const { life, services } = node;
  const clients = new Map<NodeId, object>();
  const host: Host = {
    id: node.id,
    clock: makeClock(node.clock),
    random: Object.freeze(node.random),
    disk: Object.freeze(makeDisk(node.storage, scope, life)),
    log: Object.freeze(node.log.scope(scope, life)),
    serve: (service) => {
      if (life.isAlive) services.register(scope, service);
    },
    peer: <S extends object>(id: NodeId) => {
      let client = clients.get(id);
      if (client === undefined) {
        client = makeClient(node, id, scope);
        clients.set(id, client);
      }
      return client as Client<S>;
    },
    scope: (name) => {
      const given: unknown = name;
      if (typeof given !== 'string' || !SCOPE_NAME.test(given)) {
        const what = typeof given === 'string' ? JSON.stringify(given) : `a value of type ${typeof given}`;
        throw new TypeError(`a scope's name is 1 to 64 letters, digits, - and _, not ${what}`);
      }
      return makeScope(node, scope === '' ? name : `${scope}/${name}`);
    },
  };
  return Object.freeze(host);
}

/** The clock's documented face. */
function makeClock(clock: Clock): Clock {
  return Object.freeze({
    now: () => clock.now(),
    sleep: (ms: number) => clock.sleep(ms),
    after: (ms: number, run: () => void) => clock.after(ms, run),
  });
}

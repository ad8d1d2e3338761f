import { OutcomeUnknown } from '@lockstep/api';
import type { KvClerk, KvImplementation, KvLock } from '@lockstep/api';
import { makeClerk } from './clerk.ts';
import type { Desk } from './protocol.ts';
import type { Page } from './ledger.ts';
import { Scribe } from './scribe.ts';

/*
 * A journal: what comes in while a page of it is being written goes onto the next page, together. It comes with a Raft
 * of its own, which has nothing that is optional.
 */
export const contract = 'kv/1';

const server: KvImplementation['server'] = async (host, _peers, deps, options) => {
  const scribe = new Scribe(host, options);
  const { ledger } = scribe;
  const isAlone = deps.raft === undefined;
  if (deps.saved !== undefined) ledger.open(deps.saved as Page);
  await scribe.begin(deps);
  const desk: Desk = {
    async note(item) {
      if (isAlone) return ledger.enter(item);
      const [verdict] = (await scribe.write([item])) ?? [];
      return verdict ?? { goTo: scribe.leader };
    },
    async see({ key }) {
      if (isAlone) return ledger.see(key);
      return (await scribe.see(key)) ?? { goTo: scribe.leader };
    },
  };
  host.serve(desk);
  return { save: () => ledger.copy() };
};

/** Tries to put, and does not care to know what came of it. */
async function attempt(clerk: KvClerk, key: string, value: string, version: number): Promise<void> {
  try {
    await clerk.putIf(key, value, version);
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
  }
}

const lock: KvImplementation['lock'] = (host, clerk, name): KvLock => {
  let held = '';
  return {
    async acquire() {
      const mine = `${host.id}:${host.random.uniform()}`;
      for (let now = await clerk.get(name); now.value !== mine; now = await clerk.get(name)) {
        if (now.value === '') await attempt(clerk, name, mine, now.version);
        else await host.clock.sleep(3 + host.random.uniform() * 20);
      }
      held = mine;
    },
    async release() {
      for (let now = await clerk.get(name); now.value === held; now = await clerk.get(name)) {
        await attempt(clerk, name, '', now.version);
      }
    },
  };
};

export default { server, clerk: makeClerk, lock } satisfies KvImplementation;

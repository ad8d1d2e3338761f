import type { ShardServerFactory } from '@lockstep/api';
import { Desk } from './desk.ts';
import { Duties } from './duties.ts';
import { Replica } from './replica.ts';

/** Makes one server of a group. */
export const createServer: ShardServerFactory = async (host, place, deps, options) => {
  let duties: Duties | undefined;
  const replica = await Replica.start(host, place, deps, options, (elected) => {
    duties ??= new Duties(elected);
    duties.begin();
  });
  host.serve(new Desk(replica));
};

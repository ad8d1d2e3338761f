import type { Judge, WorldView } from '@lockstep/test-harness/suite';
import type { Seen } from '../src/seen.ts';
import { clients } from './clients.ts';
import { Witness } from './witness.ts';

/** What the contract rules out without a judge of its own. */
class Contract implements Judge<Seen> {
  readonly property = 'contract';

  observe(seen: Seen): ReturnType<Judge<Seen>['observe']> {
    if (seen.kind !== 'misused') return undefined;
    return { kind: 'safety', property: this.property, message: seen.what };
  }
}

/** The judges of one run. */
export function judges(world: WorldView): readonly Judge<Seen>[] {
  return [new Contract(), new Witness(world.servers), clients()];
}

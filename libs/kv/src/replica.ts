import type { Host, KvDeps, KvEntry, KvOptions, NodeId } from '@lockstep/api';
import { ReplicatedStateMachine } from '@lockstep/rsm';
import { KvMachine } from './machine.ts';
import type { Command, Elsewhere, Outcome } from './messages.ts';

/** The machine behind one server, whether it is alone or one of several that act as one. */
export interface Replica {
  /** `undefined`: this server cannot say what comes of it. */
  submit(command: Command): Promise<Outcome | undefined>;
  get(key: string): Promise<KvEntry | undefined>;
  /** What is known of a command here and now, and will never change; `undefined` if it has to be submitted. */
  look(command: Command): Outcome | undefined;
  elsewhere(): Elsewhere;
  save(): unknown;
}

/** Makes the replica of a server that may have a Raft below it. */
export async function makeReplica(host: Host, deps: KvDeps, options: KvOptions): Promise<Replica> {
  const machine = new KvMachine(options.maxClerks ?? Infinity);
  if (deps.saved !== undefined) machine.restore(deps.saved);
  const common = { look: (command: Command) => look(machine, command), save: () => machine.snapshot() };
  if (deps.raft === undefined) return { ...common, ...aloneWith(machine) };
  const rsm = await ReplicatedStateMachine.start({ clock: host.clock, raft: deps.raft }, machine, options);
  return { ...common, ...replicated(machine, rsm, host.id) };
}

type Way = Pick<Replica, 'submit' | 'get' | 'elsewhere'>;

/** A single server applies what it gets, in the order in which it gets it. */
function aloneWith(machine: KvMachine): Way {
  return {
    submit: (command) => Promise.resolve(machine.apply(command)),
    get: (key) => Promise.resolve(machine.get(key)),
    elsewhere: () => ({ kind: 'elsewhere' }),
  };
}

function replicated(machine: KvMachine, rsm: ReplicatedStateMachine<Command, Outcome>, self: NodeId): Way {
  return {
    submit: async (command) => {
      const submitted = await rsm.submit(command);
      return submitted.kind === 'applied' ? submitted.result : undefined;
    },
    get: async (key) => {
      const answered = await rsm.read(() => machine.get(key));
      return answered.kind === 'answered' ? answered.value : undefined;
    },
    elsewhere: () => {
      const leader = rsm.leaderHint;
      return leader === undefined || leader === self ? { kind: 'elsewhere' } : { kind: 'elsewhere', leader };
    },
  };
}

function look(machine: KvMachine, command: Command): Outcome | undefined {
  if (command.kind === 'open') return undefined;
  const known = machine.look(command);
  // A server that lags behind may not have seen the session's opening yet.
  return known.kind === 'written' || known.kind === 'settled' ? known : undefined;
}

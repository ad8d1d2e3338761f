import type { Host, NodeId } from './host.ts';

/** The version of this contract. A submission may export `contract = 'primary-backup/1'`. */
export const PRIMARY_BACKUP_CONTRACT = 'primary-backup/1';

/**
 * What a submission's entry file exports as its default: makes the replication layer of one server's hypervisor.
 * Called once for each boot.
 *
 * Section numbers here and below are those of Scales, Nelson, Venkitachalam, *The Design of a Practical System for
 * Fault-Tolerant Virtual Machines*, 2010.
 *
 * @param host the server's world. Messages between replicas (the logging channel, §2.1) are its RPCs.
 * @param machine the virtual machine of this server: new, at instruction 0, and the same on all servers.
 * @param devices the server's real hardware: what the virtual machine's devices stand for.
 * @param options see {@link ReplicaOptions}.
 */
export type ReplicaFactory = (
  host: Host,
  machine: VirtualMachine,
  devices: ReplicaDevices,
  options: ReplicaOptions,
) => Replica | Promise<Replica>;

/** One server's replica. */
export interface Replica {
  /** What it takes itself for; for the timeline, and nothing is judged by it. Must be cheap and free of effects. */
  status(): ReplicaStatus;
}

/** See {@link Replica.status}. */
export interface ReplicaStatus {
  /**
   * `primary`: live. `backup`: replays a primary's log, and goes live when that is gone. `spare`: holds no state that
   * counts, for a primary without a backup to copy its machine to.
   */
  readonly role: 'primary' | 'backup' | 'spare';
  /** See {@link SharedStorage.testAndSet}. */
  readonly epoch: number;
}

/** What the lab tells a replica when it boots. */
export interface ReplicaOptions {
  /**
   * The part of this server in epoch 1, which it plays in its first boot: `primary` (exactly one server) is live from
   * the start, `backup` (at most one) has the same virtual machine and follows it. `spare` is everybody else, and every
   * server that boots again: its old virtual machine is gone, and the new one is not the service's.
   */
  readonly role: 'primary' | 'backup' | 'spare';
  /** All other servers. */
  readonly peers: readonly NodeId[];
  /** The server whose part in epoch 1 is that of the backup, if there is one. */
  readonly backup: NodeId | undefined;
  /**
   * At most so many instructions may a primary's virtual machine be ahead of its backup's (§2.2, §3.2: the primary is
   * slowed down).
   */
  readonly maxLagInstructions: number;
  /**
   * At most so many packets may be off the card that the guest has not been given yet. Further ones wait at the switch,
   * which drops what is too much: a virtual machine that has been stopped does not fill its hypervisor's memory.
   */
  readonly maxWaitingPackets: number;
}

/**
 * A deterministic virtual machine: two of them that get the same inputs at the same instruction counts do the same.
 * Registers and memory cannot be reached, except as a whole by `snapshot` and `restore`.
 *
 * All methods but `run` and `stop` throw while a `run` is under way, and a `TypeError` when they are misused.
 */
export interface VirtualMachine {
  /** Instructions that have retired. While `run` is under way: a count that the machine has surely reached. */
  readonly count: number;
  /** The timer that the guest has armed and that has not fired yet. */
  readonly timer: GuestTimer | undefined;
  /** Disk requests of the guest that have not been completed yet, oldest first. */
  readonly pendingDisk: readonly DiskRequest[];

  /**
   * Executes the guest until something needs the hypervisor, at a given number of instructions per millisecond: the
   * promise resolves when that time has passed. Never rejects. One `run` at a time.
   *
   * @param until the count at which to stop with the exit `count`: exactly there, after the instruction with that
   *   number and before the next. An exit that an instruction up to there causes comes first. Default: none.
   */
  run(until?: number): Promise<Exit>;

  /**
   * Ends the `run` that is under way soon, with the exit `stopped` (or with the exit that has come up meanwhile): how
   * a hypervisor gets the processor back when something has arrived. Does nothing when none is under way.
   */
  stop(): void;

  /**
   * Gives the machine an input, at its present count. The answer to an exit `clock` or `entropy` completes the
   * instruction that waits for it, and until then nothing else may be injected; anything else raises an interrupt.
   *
   * @returns false if the network card's queue was full and the packet is lost, which is the same on every machine.
   */
  inject(input: Input): boolean;

  /** The whole state of the machine: some 100 KiB. Takes no time; to send it does. */
  snapshot(): Uint8Array;
  /** Takes over the state in which another machine was. A machine that is live is never set to another state. */
  restore(snapshot: Uint8Array): void;
  /** A hash of the whole state. For your own tests: it is never needed. */
  stateHash(): string;
}

/** Why {@link VirtualMachine.run} has returned, and at which count. */
export type Exit = { readonly count: number } & (
  | { readonly kind: 'count' }
  | { readonly kind: 'stopped' }
  /** The guest reads the wall clock: inject `clock`. It does not go on before. */
  | { readonly kind: 'clock' }
  /** The guest reads a random word: inject `entropy`. It does not go on before. */
  | { readonly kind: 'entropy' }
  /** The guest has sent a packet. */
  | { readonly kind: 'output'; readonly output: Output }
  /** The guest wants sectors to be read or written. Inject `disk` when that is done, at any later count. */
  | { readonly kind: 'disk'; readonly request: DiskRequest }
  /** The guest has armed or disarmed its timer: {@link VirtualMachine.timer}. Inject `timer` when it is due. */
  | { readonly kind: 'timer' }
  /** The guest waits for an interrupt: nothing happens before one is injected. */
  | { readonly kind: 'idle' }
  /** The guest has ended, for good. */
  | { readonly kind: 'halt' }
);

/** A packet that the guest has sent. */
export interface Output {
  /** Numbered from 1, in the order of sending: the same on every machine that replays this one. */
  readonly number: number;
  readonly packet: Uint8Array;
}

/** Sectors that the guest wants read or written. */
export interface DiskRequest {
  /** Numbered from 1, in the order of asking: the same on every machine that replays this one. */
  readonly id: number;
  readonly operation: 'read' | 'write';
  /** The first sector. */
  readonly sector: number;
  /** How many. */
  readonly sectors: number;
  /** What to write, 512 bytes a sector; undefined for reads. */
  readonly data: Uint8Array | undefined;
}

/** A timer that the guest has armed. */
export interface GuestTimer {
  /** Microseconds from arming it to the interrupt. */
  readonly delayUs: number;
  /** The instruction count at which it was armed. */
  readonly armedAt: number;
}

/** Everything nondeterministic that can happen to a virtual machine. */
export type Input =
  /** Microseconds since 1970, from {@link ReplicaDevices.clock}. */
  | { readonly kind: 'clock'; readonly microseconds: number }
  /** A word from {@link ReplicaDevices.entropy}. */
  | { readonly kind: 'entropy'; readonly word: number }
  | { readonly kind: 'packet'; readonly packet: Uint8Array }
  /** The armed timer is due. */
  | { readonly kind: 'timer' }
  | DiskCompletion;

/** The end of a disk request. */
export interface DiskCompletion {
  readonly kind: 'disk';
  /** Of the request. */
  readonly id: number;
  /** False if the disk failed. */
  readonly ok: boolean;
  /** What was read, for a read that went well. */
  readonly data?: Uint8Array;
}

/** The hardware of one server. */
export interface ReplicaDevices {
  readonly network: NetworkCard;
  readonly storage: SharedStorage;
  /**
   * The server's wall clock, in microseconds since 1970. The clocks of two servers differ, by up to
   * {@link CLOCK_SKEW_MS} from the true time; the guest must not see time go back all the same.
   */
  clock(): number;
  /** 32 random bits from the server's own source: other servers draw others. */
  entropy(): number;
}

/** How far a server's wall clock may be from the true time, in ms. */
export const CLOCK_SKEW_MS = 1_000;

/**
 * The server's card in the clients' network. One switch connects all servers with the clients, and holds the service's
 * address: packets for the service go to the server that has announced the address last (at first, the primary of epoch
 * 1).
 */
export interface NetworkCard {
  /** The next packet that the switch has for this server. May wait for ever. One call at a time. */
  receive(): Promise<Uint8Array>;
  /**
   * Sends a packet of the guest's into the world; resolves when it is out. Packets of one server leave in the order of
   * the calls. Rejects with `RpcError("unavailable")` when the switch cannot be reached; the packet is lost then, or
   * not.
   */
  send(output: Output): Promise<void>;
  /**
   * Moves the service's address to this server, which has won `epoch` (§2.3). Does nothing when a newer epoch has
   * been announced. Rejects with `RpcError("unavailable")` when the switch cannot be reached.
   */
  announce(epoch: number): Promise<void>;
}

/**
 * The virtual disk on storage that all servers share (§4.1), with the atomic test-and-set that decides who goes live
 * (§2.3). When the storage cannot be reached, all calls reject with `RpcError("unavailable")`, and then may have
 * happened, or not.
 */
export interface SharedStorage {
  /**
   * Sets the flag of an epoch, atomically, if nobody has done so before: exactly one boot of one server wins each.
   * Epoch
   * 1 is the primary's from the start. Repeating the call gives the same answer. Epochs are won one after the other: a
   * flag is refused (`won: false`) while that of the epoch before it is not set.
   *
   * From then on the storage serves the winner alone, and has completed or dropped every earlier request of others.
   */
  testAndSet(epoch: number): Promise<TestAndSetAnswer>;
  /**
   * Executes a request of the guest's, and resolves with its completion. `fenced`: another server has won a newer
   * epoch, and the request has not happened and never will.
   */
  execute(request: DiskRequest): Promise<DiskCompletion | 'fenced'>;
}

/** What {@link SharedStorage.testAndSet} says. */
export interface TestAndSetAnswer {
  readonly won: boolean;
  /** The newest epoch whose flag is set. */
  readonly epoch: number;
  /** Who won that one. */
  readonly holder: NodeId;
}

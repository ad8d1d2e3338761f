import type { GuestName } from '@lockstep/guest-machine';
import type { DiskCompletion, DiskRequest, Input, NodeId } from '@lockstep/api';

/**
 * What the judges of this lab watch. The lab's own boundary around each virtual machine reports the first group, the
 * devices the second: nothing comes from inside an implementation.
 */
export type Seen =
  | MachineSeen
  | DeviceSeen
  | ClientSeen
  | Misused
  | { readonly kind: 'status'; readonly text: string };

/** Seen at the boundary of the machine of the node in the `Moment`. */
export type MachineSeen =
  | MachineOn
  | InputSeen
  | OutputMade
  | RequestMade
  | { readonly kind: 'timer-armed'; readonly count: number; readonly delayUs: number }
  | { readonly kind: 'drawn'; readonly word: number }
  | { readonly kind: 'ran'; readonly count: number }
  | StateSeen;

/** A new machine, at instruction 0. */
export interface MachineOn {
  readonly kind: 'machine-on';
  readonly guest: GuestName;
  /** See `ReplicaOptions.maxLagInstructions`. */
  readonly maxLag: number;
}

/** An input was injected. */
export interface InputSeen {
  readonly kind: 'input';
  readonly text?: string;
  readonly count: number;
  readonly input: Input;
}

/** The guest has sent a packet; nobody but the hypervisor has it yet. */
export interface OutputMade {
  readonly kind: 'output-made';
  readonly count: number;
  readonly number: number;
  /** In hexadecimal digits. */
  readonly packet: string;
}

/** The guest has asked for sectors. */
export interface RequestMade {
  readonly kind: 'request-made';
  readonly count: number;
  readonly request: DiskRequest;
}

/** The hash of a whole machine: at a checkpoint, or because its state was saved or restored. */
export interface StateSeen {
  readonly kind: 'checkpoint' | 'saved' | 'restored';
  readonly text?: string;
  readonly count: number;
  /** How many packets the guest has sent so far. */
  readonly outputs: number;
  readonly hash: string;
}

/** Seen by the switch and by the storage. */
export type DeviceSeen = PacketDelivered | PacketSent | Announced | EpochWon | DiskDone;

/** One boot of one server. */
interface OfServer {
  readonly server: NodeId;
  readonly boot: number;
}

/** A packet for the service has been handed to a server. */
export interface PacketDelivered extends OfServer {
  readonly kind: 'delivered';
  /** In hexadecimal digits. */
  readonly packet: string;
}

/** A server has sent a packet into the world. */
export interface PacketSent extends OfServer {
  readonly kind: 'sent';
  readonly text: string;
  readonly number: number;
  /** In hexadecimal digits. */
  readonly packet: string;
}

/** A server has taken the service's address. */
export interface Announced extends OfServer {
  readonly kind: 'announced';
  readonly text: string;
  readonly epoch: number;
}

/** A server has won an epoch by test-and-set. */
export interface EpochWon extends OfServer {
  readonly kind: 'won';
  readonly text: string;
  readonly epoch: number;
}

/** The storage has executed a request, and told (or tried to tell) the server. */
export interface DiskDone extends OfServer {
  readonly kind: 'disk-done';
  readonly request: DiskRequest;
  readonly completion: DiskCompletion;
}

/** What a client of the key/value guest asks for and is told, once for each request, however often it is repeated. */
export type ClientSeen =
  | {
      readonly kind: 'called';
      readonly client: number;
      readonly number: number;
      readonly operation: 'get' | 'put' | 'append';
      readonly key: string;
      readonly value: string;
    }
  | { readonly kind: 'answered'; readonly client: number; readonly number: number; readonly value: string }
  /** No server is left that could answer, by the script's word: what was not out by then never will be. */
  | { readonly kind: 'gave-up'; readonly text: string };

/** The implementation did something that the contract rules out; `what` says it in a sentence. */
export interface Misused {
  readonly kind: 'misused';
  readonly what: string;
}
